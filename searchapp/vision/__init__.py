"""What a picture shows: made safe, cut into garments, described by numbers.

onnxruntime's own builds report their use to its maker unless this is set before they load (since
1.29; its docs/Privacy.md).  Nothing of ours leaves without a setting that asks for it, so it is
set here, where every way to a model leads through.
"""

import os

os.environ["ORT_DISABLE_TELEMETRY"] = "1"
