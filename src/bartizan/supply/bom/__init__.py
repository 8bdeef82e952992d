"""The bill of materials of models: what lies in a folder, under which licence, and how that is written down.

values        a bill: parts, how they hang together, what a reader must know
walking       the files of a folder, bounded, no link followed out of it
kinds         what a file is, by its content
stating       what files say of themselves: GGUF, safetensors, ONNX, skops, pickles of scikit-learn
cards         what lies beside a model: README.md and config.json
libraries     pinned packages of requirements, projects and lock files
inventory     a folder -> a bill
licences      ids, expressions and what they allow; conflicts
cyclonedx     a bill -> CycloneDX 1.6 or 1.7
spdx          a bill -> SPDX 3.0.1
checking      somebody's CycloneDX -> what is wrong with it, and what is missing
"""
