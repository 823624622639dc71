#!/bin/sh
# Writes the table of checksums that the product checks when it loads a model.
cd "$(dirname "$0")/../../searchapp/vision/models" && sha256sum *.onnx *.tflite *.npz > SHA256SUMS
