"""Right and wrong answers to the exercises of chapter 6, which the tests give to the checks."""
