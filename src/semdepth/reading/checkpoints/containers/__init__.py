"""How bytes are laid out in files, whatever they mean: each reader is bounded and trusts nothing.

::

    regions.py            stretches of a file or of a zip entry, read when asked for
    restricted_pickle.py  pickles as data; pickle_instructions.py, pickled_names.py
    hdf5.py               HDF5's groups and arrays; hdf5_blocks.py, hdf5_types.py
    protobuf.py           protobuf's fields
    flatbuffer.py         flatbuffers' tables
    msgpack.py            MessagePack's values
"""
