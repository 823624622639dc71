"""searchapp (shown to people as 찰칵): finds the clothes in a photo."""

import os

__version__ = "0.1.0"

# Read by numpy when it is first imported.  Our matrices are small: a second BLAS thread spins
# beside the models' own threads and doubles the processor time of describing a picture.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
