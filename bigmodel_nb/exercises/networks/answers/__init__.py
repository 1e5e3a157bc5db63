"""Right and wrong answers to the exercises of chapter 2, which the tests give to the checks."""
