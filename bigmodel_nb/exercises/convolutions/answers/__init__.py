"""Right and wrong answers to the exercises of chapter 4, which the tests give to the checks."""
