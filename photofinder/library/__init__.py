"""What both shells hold: one library, its search, its upkeep. Nothing above this knows of SQLite, ONNX or codecs."""
