"""Right and wrong answers to the exercises of chapter 1, which the tests give to the checks."""
