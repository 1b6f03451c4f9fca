"""The ops on a GPU, by two roads to one table.

Where TensorFlow sees a GPU::

    python -m benchmarks.gpu.resident

Where the machine with the GPU has JAX and no TensorFlow, programs are exported on another one
(no GPU is needed for that), carried there with this folder, and run::

    python -m benchmarks.gpu.export blobs --platform cuda    # here: TensorFlow and JAX
    python -m benchmarks.gpu.run blobs                       # there: JAX; torch as a peer, if any

Both hold every result beside what TensorFlow gave on the CPU.
"""
