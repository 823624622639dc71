"""Pictures from outside: headers without decoders, decoding in a limited child, orientation."""
