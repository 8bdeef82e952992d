"""What operators of TensorFlow do besides computing, and what is looked for in its graphs."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from bartizan.supply.scan.rule import Rule

_REFS: Final = ("CWE-829", "AML.T0010", "https://splint.gitbook.io/tensorabuse")
WRITES: Final = Rule(
    id="tensorflow.writes-files",
    level="detect",
    title="The graph writes files",
    why="Operators run with the rights of whoever uses the model; a file written in the right place is run later.",
    refs=("CWE-73", "AML.T0010", "AML.T0011.000"),
)
READS: Final = Rule(
    id="tensorflow.reads-files",
    level="detect",
    title="The graph reads files",
    why="It can hand out any file of the machine as a result of the model.",
    refs=("CWE-73", "AML.T0010"),
)
NETWORK: Final = Rule(
    id="tensorflow.network",
    level="detect",
    title="The graph reaches over the network",
    why="It can send away what the model sees, or let others in.",
    refs=("CWE-918", "AML.T0010"),
)
PYTHON: Final = Rule(
    id="tensorflow.python",
    level="detect",
    title="The graph runs Python",
    why="It calls a function of the program that loads it, by a number or a name that the file gives.",
    refs=("CWE-94", "AML.T0010"),
)
LIBRARY: Final = Rule(
    id="tensorflow.library",
    level="detect",
    title="The graph loads a library",
    why="A native library runs as soon as it is loaded.",
    refs=("CWE-114", "AML.T0010"),
)
ELSEWHERE: Final = Rule(
    id="tensorflow.checkpoint-elsewhere",
    level="detect",
    title="The graph saves or restores at a place of its own",
    why="Checkpoints go where the program says; a place that the file says is any file of the machine.",
    refs=("CWE-73", "AML.T0010"),
)
CHECKPOINT: Final = Rule(
    id="tensorflow.checkpoint-in-model",
    level="review",
    title="The graph saves or restores while it computes",
    why="Only the functions for checkpoints need these operators; elsewhere they read or write files for the model.",
    refs=_REFS,
)
DATASET: Final = Rule(
    id="tensorflow.dataset",
    level="review",
    title="The graph reads data from files as it computes",
    why="A model gets its input from the program; one that reads files itself can hand out what it reads.",
    refs=_REFS,
)
NESTED: Final = Rule(
    id="tensorflow.nested-graph",
    level="review",
    title="The graph unpacks another graph or program",
    why="What it runs is made of bytes that nobody looks at before.",
    refs=_REFS,
)
CUSTOM: Final = Rule(
    id="tensorflow.custom-operator",
    level="review",
    title="It needs operators that are not of TensorFlow",
    why="They come as native libraries that must be loaded with the model.",
    refs=("CWE-829", "AML.T0010"),
)
FIELD: Final = Rule(
    id="tensorflow.unknown-field",
    level="review",
    title="It has fields that the format does not have",
    why="Libraries pass over what they do not know, so that anything can be hidden there.",
    refs=("CWE-436",),
)
RULES: Final = (
    WRITES, READS, NETWORK, PYTHON, LIBRARY, ELSEWHERE, CHECKPOINT, DATASET, NESTED, CUSTOM, FIELD,
)  # fmt: skip


def _table() -> dict[str, Rule]:
    words = {
        WRITES: """
        WriteFile SaveDataset SaveDatasetV2 DistributedSave DatasetToTFRecord CreateSummaryFileWriter
        CreateSummaryDbWriter WriteGraphSummary WriteAudioSummary WriteHistogramSummary WriteImageSummary
        WriteRawProtoSummary WriteScalarSummary WriteSummary ImportEvent SaveV3 DeleteFile CopyFile RenameFile
        StatsAggregatorSetSummaryWriter
        """,
        READS: "ReadFile",
        NETWORK: """
        RpcServer RpcServerStart RpcServerRegister RpcClient RpcCall RegisterDataset RegisterDatasetV2
        DataServiceDataset DataServiceDatasetV2 DataServiceDatasetV3 DataServiceDatasetV4 BigQueryReader
        GenerateBigQueryReaderPartitions BigtableClient BigtableTable RemoteCall RemoteFusedGraphExecute
        GcsConfigureCredentials FileSystemSetConfiguration Rpc TryRpc ConfigureDistributedTPU KafkaDataset
        """,
        PYTHON: "PyFunc EagerPyFunc PyFuncStateless EagerPyFuncStateless PyCall NumpyFunction",
        LIBRARY: "LoadLibrary LoadOpLibrary TFLoadLibrary LoadPluggableDevice",
        DATASET: """
        MatchingFiles MatchingFilesDataset TextLineDataset FixedLengthRecordDataset FixedLengthRecordDatasetV2
        TFRecordDataset TFRecordDatasetV2 CSVDataset CSVDatasetV2 SqlDataset LMDBDataset LMDBReader LoadDataset
        CacheDataset CacheDatasetV2 SnapshotDataset SnapshotDatasetV2 SnapshotDatasetReader
        SnapshotNestedDatasetReader SnapshotChunkDataset ListSnapshotChunksDataset WholeFileReader
        WholeFileReaderV2 TextLineReader TextLineReaderV2 TFRecordReader TFRecordReaderV2 FixedLengthRecordReader
        FixedLengthRecordReaderV2 IdentityReader IdentityReaderV2 ImmutableConst Iterator IteratorV2
        OneShotIterator MakeIterator IteratorFromStringHandle IteratorFromStringHandleV2 GeneratorDataset
        LoadAndRemapMatrix GenerateVocabRemapping LookupTableImportFile SSTableReader RecordInput
        """,
        NESTED: """
        DatasetFromGraph DeserializeIterator SerializeIterator
        """,
    }
    table = {name: rule for rule, names in words.items() for name in names.split()}
    return {**table, **{f"Experimental{name}": rule for name, rule in table.items()}}


OPERATORS: Final = _table()
CHECKPOINTS: Final = {
    "Save": (0,), "SaveSlices": (0,), "SaveV2": (0,), "Restore": (0,), "RestoreSlice": (0,), "RestoreV2": (0,),
    "MergeV2Checkpoints": (0, 1),
}  # fmt: skip
"""Operators for checkpoints, and which of their inputs are paths."""
KNOWN: Final = frozenset(
    word
    for line in Path(__file__).with_name("tensorflow_operators.txt").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
    for word in line.split()
)
