"""Many models at once: which ones, where the work is done, and results that are kept.

::

    sources.py   which models files, folders, globs, lists and Hugging Face caches stand for
    jobs.py      one piece of work a model, on one machine or a cluster; a failure is an outcome
    clusters.py  Dask and Ray behind joblib
    cache.py     results by the content they were computed from
"""
