"""Files of weights and graphs that hold no code of their own, and the ways in which they reach out all the same.

ranges, outside, json_values   where tensors lie; paths that lead out; JSON that is held
safetensors, gguf              tensors with a header
protobuf                       messages field by field; onnx, savedmodel (savedmodel_telling, graph_nodes) read with it
savedmodel_text                graphs of TensorFlow as text
keras                          descriptions of models, in files of their own (keras_config), and in hdf5
hdf5                           groups and attributes (hdf5_headers, hdf5_parts), data (hdf5_data), and what nothing
                               leads to (hdf5_search)
marked                         what a mark tells: pictures, tables, programs; tflite and ubjson a little deeper
"""

from __future__ import annotations

from typing import Final

from bartizan.supply.scan.format import Format
from bartizan.supply.scan.rule import Rule
from bartizan.supply.scan.tensors import gguf, hdf5, keras, keras_config, marked, onnx, safetensors, savedmodel

FORMATS: Final[tuple[Format, ...]] = (
    safetensors.SAFETENSORS,
    gguf.GGUF,
    onnx.ONNX,
    *savedmodel.FORMATS,
    keras_config.KERAS_CONFIG,
    hdf5.HDF5,
    *marked.FORMATS,
)
LAST: Final[tuple[Format, ...]] = (marked.CHECKPOINT_DATA,)
"""To be asked behind all other guesses."""
RULES: Final[tuple[Rule, ...]] = (
    *safetensors.RULES,
    *gguf.RULES,
    *onnx.RULES,
    *savedmodel.RULES,
    *keras.RULES,
    *hdf5.RULES,
    *marked.RULES,
)
