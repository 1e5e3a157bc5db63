"""Right and wrong answers to the exercises of chapter 3, which the tests give to the checks."""
