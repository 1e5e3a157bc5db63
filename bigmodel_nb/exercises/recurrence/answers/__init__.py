"""Right and wrong answers to the exercises of chapter 5, which the tests give to the checks."""
