"""Pictures: matplotlib figures that are drawn once and updated in place.

    from bigmodel_nb.figures.descent import DescentFigure
    DescentFigure(surface, paths)          # shows itself in a notebook; .save("race.png") writes a file

Pictures know neither Keras nor ipywidgets, and never pyplot.
"""
