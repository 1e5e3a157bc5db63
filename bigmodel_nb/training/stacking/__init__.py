"""Many models of one architecture, trained side by side: every weight has a leading axis of members.

    program     a model as a list of steps, and what two models must share to be stacked
    layers      how each kind of layer computes with stacked weights
    recurrent   the same for simple, LSTM and GRU cells
    attention   the same for the transformers of this package
    weights     packing the weights of all members into one array, and back
    own         what a member has of its own: prices of weights, dropout
    checks      which losses, metrics and optimizers can be stacked
    engine      the compiled loops: a member's rate, decay, clipping, dropout and end are its own
    group       the run of such a group: epochs, early stopping, records
    choosing    who is trained side by side, and who one after another

A member never sees another: nothing is summed or normalized over the axis of members, and one that diverged
is left out of the updates by `tf.where`. Needs TensorFlow as Keras's back end.
"""
