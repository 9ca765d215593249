"""What the local Data Factory does with each property of Microsoft's models: honours it, or leaves it unread.

A property that stands in neither list of its model fails the run as soon as it has a value, and is named, so
that no setting is ignored. A test walks the models of azure-mgmt-datafactory.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from localcloud.azure.datafactory.runs.errors import not_supported
from localcloud.azure.datafactory.runs.values import Json


@dataclass(frozen=True)
class Model:
    """honoured: the properties that change what a run does. harmless: those that change its speed alone."""

    honoured: frozenset[str]
    harmless: frozenset[str]

    def knows(self, name: str) -> bool:
        """Whether the name stands in one of the lists."""
        return name in self.honoured or name in self.harmless


def _model(honoured: str, harmless: str = "") -> Model:
    return Model(frozenset(honoured.split()), frozenset(harmless.split()))


_SPEED = "maxConcurrentConnections disableMetricsCollection"
_SOURCE = f"sourceRetryCount sourceRetryWait {_SPEED}"
_SINK = f"sinkRetryCount sinkRetryWait writeBatchSize writeBatchTimeout {_SPEED}"
_READ = "type recursive wildcardFolderPath wildcardFileName modifiedDatetimeStart modifiedDatetimeEnd"
_PARSED = _model("type storeSettings formatSettings", _SOURCE)
_WRITTEN = _model("type storeSettings formatSettings", _SINK)
_DECOMPRESSED = _model("type compressionProperties")
_LOCATION = "type folderPath fileName"

ACTIVITIES: Mapping[str, Model] = {
    "AppendVariable": _model("variableName value"),
    "Copy": _model("source sink translator", "parallelCopies dataIntegrationUnits"),
    "Delete": _model(
        "dataset storeSettings recursive enableLogging logStorageSettings", "maxConcurrentConnections"
    ),
    "ExecutePipeline": _model("pipeline parameters waitOnCompletion"),
    "Fail": _model("message errorCode"),
    "Filter": _model("items condition"),
    "ForEach": _model("items activities isSequential batchCount"),
    "GetMetadata": _model("dataset fieldList storeSettings formatSettings"),
    "IfCondition": _model("expression ifTrueActivities ifFalseActivities"),
    "Lookup": _model("source dataset firstRowOnly"),
    "SetVariable": _model("variableName value"),
    "Switch": _model("on cases defaultActivities"),
    "Until": _model("expression timeout activities"),
    "Validation": _model("dataset timeout sleep minimumSize childItems"),
    "Wait": _model("waitTimeInSeconds"),
    # The local cloud answers at once, so that no request times out.
    "WebActivity": _model("method url headers body authentication turnOffAsync", "httpRequestTimeout"),
}
"""Type of activity → its typeProperties."""
MODELS: Mapping[str, Model] = {
    **ACTIVITIES,
    "ActivityPolicy": _model("timeout retry retryIntervalInSeconds secureInput secureOutput"),
    "WebActivityAuthentication": _model("type resource"),
    "LogStorageSettings": _model("linkedServiceName path", "logLevel enableReliableLogging"),
    # Sources and sinks.
    "BinarySource": _PARSED,
    "DelimitedTextSource": _PARSED,
    "ExcelSource": _model("type storeSettings", _SOURCE),
    "JsonSource": _PARSED,
    "ParquetSource": _PARSED,
    "BinarySink": _model("type storeSettings", _SINK),
    "DelimitedTextSink": _WRITTEN,
    "JsonSink": _WRITTEN,
    "ParquetSink": _WRITTEN,
    "AzureBlobStorageReadSettings": _model(f"{_READ} prefix deleteFilesAfterCompletion", _SPEED),
    "AzureBlobFSReadSettings": _model(f"{_READ} deleteFilesAfterCompletion", _SPEED),
    "AzureBlobStorageWriteSettings": _model("type copyBehavior metadata", f"{_SPEED} blockSizeInMB"),
    "AzureBlobFSWriteSettings": _model("type copyBehavior metadata", f"{_SPEED} blockSizeInMB"),
    "BinaryReadSettings": _DECOMPRESSED,
    "DelimitedTextReadSettings": _model("type skipLineCount compressionProperties"),
    "JsonReadSettings": _DECOMPRESSED,
    "ParquetReadSettings": _model("type"),
    "DelimitedTextWriteSettings": _model("type quoteAllText fileExtension"),
    "JsonWriteSettings": _model("type filePattern"),
    "ParquetWriteSettings": _model("type"),
    "ZipDeflateReadSettings": _model("type preserveZipFileNameAsFolder"),
    "TarReadSettings": _model("type preserveCompressionFileNameAsFolder"),
    "TarGZipReadSettings": _model("type preserveCompressionFileNameAsFolder"),
    "MetadataItem": _model("name value"),
    # Datasets: their typeProperties; and linked services.
    "Binary": _model("location compression"),
    "DelimitedText": _model(
        "location columnDelimiter rowDelimiter quoteChar escapeChar firstRowAsHeader nullValue encodingName "
        "compressionCodec",
        "compressionLevel",
    ),
    "Excel": _model("location sheetName sheetIndex range firstRowAsHeader nullValue compression"),
    "Json": _model("location encodingName compression"),
    "Parquet": _model("location compressionCodec"),
    "DatasetCompression": _model("type", "level"),
    "AzureBlobStorageLocation": _model(f"{_LOCATION} container"),
    "AzureBlobFSLocation": _model(f"{_LOCATION} fileSystem"),
    "AzureBlobStorage": _model("serviceEndpoint authenticationType", "accountKind azureCloudType tenant"),
    "AzureBlobFS": _model("url", "azureCloudType tenant"),
}


def check(model: str, given: Mapping[str, Json]) -> None:
    """Raise ActivityError (NotImplemented) for the first property that has a value and is not known here."""
    known = MODELS[model]
    for name, value in given.items():
        if value not in (None, False, "", [], {}) and not known.knows(name):
            raise not_supported(_told(model, name))


def _told(model: str, name: str) -> str:
    if model in ACTIVITIES:
        return f"'{name}' of the {model} activity"
    if model.startswith("Azure") and model.endswith("Settings"):
        return f"the store setting '{name}' of '{model}'"
    return f"'{name}' of '{model}'"


def check_kind(given: Mapping[str, Json], kinds: tuple[str, ...], default: str) -> None:
    """The same for an object that names its model in `type`, which must be one of `kinds`."""
    kind = str(given.get("type") or default)
    if kind not in kinds:
        raise not_supported(f"settings of type '{kind}' here: it takes {', '.join(kinds)}")
    check(kind, given)
