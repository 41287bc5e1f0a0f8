"""The closed vocabularies of imaging data, with the spelling they have on the wire."""

from __future__ import annotations

from enum import Enum, StrEnum


class StoreKind(StrEnum):
    """What lies under the key of a store."""

    ZARR = "zarr"
    PARQUET = "parquet"
    BIGFILE = "bigfile"
    MEDIA = "media"
    SPARSE = "sparse"
    FABRIKS = "fabriks"
    KONNEKTION = "konnektion"
    KULISSE = "kulisse"

    @property
    def is_prefix(self) -> bool:
        """Whether a store of this kind is a tree of objects rather than one object."""
        return self in {
            StoreKind.ZARR,
            StoreKind.SPARSE,
            StoreKind.FABRIKS,
            StoreKind.KONNEKTION,
        }


class AxisType(Enum):
    """What the positions along an axis are."""

    SPACE = "SPACE"
    TIME = "TIME"
    CHANNEL = "CHANNEL"
    COORDINATE = "COORDINATE"
    DISPLACEMENT = "DISPLACEMENT"
    MICROTIME = "MICROTIME"
    SPECTRUM = "SPECTRUM"
    INDEX = "INDEX"
    VALUE = "VALUE"


class ScaleMethod(Enum):
    """How a coarser level was made from the finest one."""

    NEAREST = "NEAREST"
    MODE = "MODE"
    LINEAR = "LINEAR"
    CUBIC = "CUBIC"
    AREA = "AREA"
    GAUSSIAN = "GAUSSIAN"
    MAX = "MAX"
    MIN = "MIN"


class ArrayDatasetSpec(Enum):
    """What an array structurally is; several hold at once."""

    SCALAR = "SCALAR"
    PROFILE = "PROFILE"
    IMAGE = "IMAGE"
    VOLUME = "VOLUME"
    HYPERVOLUME = "HYPERVOLUME"
    TIMESERIES = "TIMESERIES"
    MULTICHANNEL = "MULTICHANNEL"
    SPECTRAL = "SPECTRAL"
    FLIM = "FLIM"
    DISPLACEMENT_FIELD = "DISPLACEMENT_FIELD"
    COORDINATE_FIELD = "COORDINATE_FIELD"
    INDEXED = "INDEXED"
    TRACE = "TRACE"


class TableDatasetSpec(Enum):
    """What a table structurally is; several hold at once."""

    RECORDS = "RECORDS"
    POINTS_1D = "POINTS_1D"
    POINTS_2D = "POINTS_2D"
    POINTS_3D = "POINTS_3D"
    POINTS_ND = "POINTS_ND"
    TIMED = "TIMED"
    TRACKED = "TRACKED"
    GROUPED = "GROUPED"
    KEYED = "KEYED"
    NODE_TABLE = "NODE_TABLE"
    EDGE_TABLE = "EDGE_TABLE"
    SERIES = "SERIES"


class SparseDatasetSpec(Enum):
    """What a sparse dataset structurally is."""

    SCALAR = "SCALAR"
    VECTOR = "VECTOR"
    MATRIX = "MATRIX"
    TENSOR = "TENSOR"
    SLICE = "SLICE"


class ColumnRole(Enum):
    """What the values of a column are for."""

    COORDINATE = "COORDINATE"
    ATTRIBUTE = "ATTRIBUTE"
    ID = "ID"
    TRACK_ID = "TRACK_ID"
    GROUP_ID = "GROUP_ID"
    LABEL = "LABEL"
    COLOR = "COLOR"


class TransformKind(Enum):
    """How an edge of the coordinate graph maps its input to its output."""

    IDENTITY = "IDENTITY"
    SCALE = "SCALE"
    TRANSLATION = "TRANSLATION"
    MAP_AXIS = "MAP_AXIS"
    AFFINE = "AFFINE"
    ROTATION = "ROTATION"
    SEQUENCE = "SEQUENCE"
    BY_DIMENSION = "BY_DIMENSION"
    UNMAPPABLE = "UNMAPPABLE"


class CreatableTransformKind(Enum):
    """The kinds a caller may state; a sequence is made by the server alone."""

    IDENTITY = "IDENTITY"
    SCALE = "SCALE"
    TRANSLATION = "TRANSLATION"
    MAP_AXIS = "MAP_AXIS"
    AFFINE = "AFFINE"
    ROTATION = "ROTATION"
    BY_DIMENSION = "BY_DIMENSION"
    UNMAPPABLE = "UNMAPPABLE"


class PartKind(Enum):
    """How one part of a BY_DIMENSION maps its axes."""

    IDENTITY = "IDENTITY"
    SCALE = "SCALE"
    TRANSLATION = "TRANSLATION"
    AFFINE = "AFFINE"
    ROTATION = "ROTATION"
    FIELD = "FIELD"


class PlacementValidity(Enum):
    """How far a map may be trusted."""

    MANUAL = "MANUAL"
    INFERRED = "INFERRED"
    VALIDATED = "VALIDATED"
    UNKNOWN = "UNKNOWN"


class TransformInvariance(Enum):
    """What of lengths and angles survives a map."""

    ISOMETRY = "ISOMETRY"
    SIMILARITY = "SIMILARITY"
    AFFINE = "AFFINE"
    DIFFEOMORPHIC = "DIFFEOMORPHIC"
    NONE = "NONE"


class ValueRelation(Enum):
    """What a derivation did to the values."""

    IDENTICAL = "IDENTICAL"
    TRANSFORMED = "TRANSFORMED"
    CATEGORIZED = "CATEGORIZED"


class DerivationSourceKind(Enum):
    """What a dataset was computed from."""

    LENS = "LENS"
    DATASET = "DATASET"
    TABLE_DATASET = "TABLE_DATASET"
    MESH_COLLECTION = "MESH_COLLECTION"
    ANNOTATION_COLLECTION = "ANNOTATION_COLLECTION"
    ANNOTATION = "ANNOTATION"
    COORDINATE_SYSTEM = "COORDINATE_SYSTEM"


class IdentificationKind(Enum):
    """What identifies the values of a column."""

    DATASET = "DATASET"
    MESH_COLLECTION = "MESH_COLLECTION"
    NETWORK_COLLECTION = "NETWORK_COLLECTION"
    NETWORK_COLLECTION_NODES = "NETWORK_COLLECTION_NODES"
    TABLE = "TABLE"


class LensKind(Enum):
    """What a lens selects over."""

    ARRAY = "ARRAY"
    TABLE = "TABLE"
    SPARSE = "SPARSE"
    MESH = "MESH"
    NETWORK = "NETWORK"
    ANNOTATION = "ANNOTATION"
    FIXTURE = "FIXTURE"


class LayerKind(Enum):
    """How a layer of a scene draws."""

    IMAGE = "IMAGE"
    INTENSITY = "INTENSITY"
    RGB = "RGB"
    PHASOR = "PHASOR"
    LABEL = "LABEL"
    ANNOTATION = "ANNOTATION"
    POINT = "POINT"
    TRACK = "TRACK"
    MESH = "MESH"
    NETWORK = "NETWORK"
    VECTOR = "VECTOR"
    FIXTURE = "FIXTURE"


class AnnotationKind(Enum):
    """The shape an annotation is drawn as."""

    POINT = "POINT"
    MULTI_POINT = "MULTI_POINT"
    LINE = "LINE"
    PATH = "PATH"
    POLYGON = "POLYGON"
    RECTANGLE = "RECTANGLE"
    CUBE = "CUBE"
    CIRCLE = "CIRCLE"
    ELLIPSE = "ELLIPSE"
    SPHERE = "SPHERE"
    ELLIPSOID = "ELLIPSOID"


class FileLinkDirection(Enum):
    """Whether the file or the data existed first."""

    SOURCE = "SOURCE"
    RENDITION = "RENDITION"


class FileLinkContainerKind(Enum):
    """What a file may be linked to."""

    DATASET = "DATASET"
    TABLE_DATASET = "TABLE_DATASET"
    MESH_COLLECTION = "MESH_COLLECTION"
    ANNOTATION_COLLECTION = "ANNOTATION_COLLECTION"


class HistoryKind(Enum):
    """What happened to an object."""

    CREATE = "CREATE"
    UPDATE = "UPDATE"
    DELETE = "DELETE"


class DescriptorOperator(StrEnum):
    """How the value of a descriptor is compared."""

    EQUALS = "EQUALS"
    MATCHES = "MATCHES"
    NOT_EQUALS = "NOT_EQUALS"
    GTE = "GTE"
    LTE = "LTE"
    EXISTS = "EXISTS"
    CONTAINS = "CONTAINS"
    IN = "IN"
    NOT_IN = "NOT_IN"


class ColorMap(Enum):
    """How values are coloured."""

    VIRIDIS = "VIRIDIS"
    PLASMA = "PLASMA"
    INFERNO = "INFERNO"
    MAGMA = "MAGMA"
    RED = "RED"
    GREEN = "GREEN"
    BLUE = "BLUE"
    INTENSITY = "INTENSITY"
    CYAN = "CYAN"
    MAGENTA = "MAGENTA"
    YELLOW = "YELLOW"
    BLACK = "BLACK"
    WHITE = "WHITE"
    ORANGE = "ORANGE"
    PURPLE = "PURPLE"
    PINK = "PINK"
    BROWN = "BROWN"
    GREY = "GREY"
    RAINBOW = "RAINBOW"
    SPECTRAL = "SPECTRAL"
    COOL = "COOL"
    WARM = "WARM"
    HUES = "HUES"
    DISTINCT = "DISTINCT"
    PASTEL = "PASTEL"
    VIVID = "VIVID"
