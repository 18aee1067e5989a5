"""Several views of one nodule, on one picture or on several, read together by the service."""
