"""What a microscope was like when data was made: kept as it was said, in the words of the wire.

Nothing here is read by the service, so the inputs are written as tables: a name and its fields.
"""

from __future__ import annotations

from enum import Enum
from typing import Any

import strawberry

from mikro_server.graphql.inputs import AcquisitionWindowInput, AxisAnchorInput
from mikro_server.graphql.scalars import Frequency, GenericQuantity, Length, Power, Temperature


def _enum(name: str, words: str) -> Any:
    members = {word: word for word in words.split()}
    return strawberry.enum(Enum(name, members))  # type: ignore[call-overload] # members by name


def _record(title: str, about: str, /, **fields: Any) -> Any:
    """Make an input: a field in a tuple must be given, the others may be left out."""
    body: dict[str, Any] = {"__doc__": about, "__annotations__": {}, "__module__": __name__}
    ordered = sorted(fields.items(), key=lambda item: not isinstance(item[1], tuple))
    for field, kind in ordered:
        words = field.replace("_", " ").capitalize() + "."
        if isinstance(kind, tuple):
            body["__annotations__"][field] = kind[0]
            body[field] = strawberry.field(description=words)
        else:
            body["__annotations__"][field] = kind | None
            body[field] = strawberry.field(default=None, description=words)
    return strawberry.input(type(title, (), body), description=about)


def _many(kind: Any) -> Any:
    """Return the type of a list of records."""
    return list[kind]


ElementKind = _enum(
    "ElementKind",
    "LASER PINHOLE LAMP OTHER_SOURCE DETECTOR CCD MIRROR BEAM_SPLITTER LENS OBJECTIVE FILTER"
    " POLARIZER WAVEPLATE APERTURE SHUTTER SAMPLE OTHER",
)
ChannelKind = _enum("ChannelKind", "FREE_SPACE FIBER_SM FIBER_MM WAVEGUIDE")
PulseKind = _enum("PulseKind", "CW SINGLE QSWITCHED REPETITIVE MODE_LOCKED OTHER")
ObjectiveImmersion = _enum("ObjectiveImmersion", "OIL WATER WATER_DIPPING AIR MULTI GLYCEROL OTHER")
FilterKind = _enum(
    "FilterKind",
    "DICHROIC LONG_PASS SHORT_PASS BAND_PASS MULTI_PASS NEUTRAL_DENSITY TUNEABLE OTHER",
)
PortRole = _enum("PortRole", "INPUT OUTPUT")

ID = strawberry.ID
Vec3 = _record("Vec3Input", "A point in space.", x=float, y=float, z=float)
Euler = _record("EulerInput", "A rotation.", rx=float, ry=float, rz=float)
Pose3D = _record("Pose3DInput", "Where a thing stands.", position=Vec3, orientation=Euler)
Spectrum = _record("SpectrumInput", "A range of wavelengths.", min=(Length,), max=(Length,))
LightPort = _record(
    "LightPortInput",
    "Where light enters or leaves an element.",
    id=(ID,),
    name=(str,),
    role=(PortRole,),
    channel=(ChannelKind,),
    spectrum=Spectrum,
)
BeamState = _record(
    "BeamStateInput",
    "What the light is like.",
    wavelength=Length,
    power=Power,
    polarization=str,
    mode_hint=str,
)
LightEdge = _record(
    "LightEdgeInput",
    "The way of the light between two elements.",
    id=(str,),
    source_element_id=(ID,),
    source_port_id=(ID,),
    target_element_id=(ID,),
    target_port_id=(ID,),
    path_length=Length,
    medium=str,
    loss_db=float,
    beam=BeamState,
)
OpticalElement = _record(
    "OpticalElementInput",
    "A part of the light path; its kind says which fields make sense.",
    label=(str,),
    kind=(ElementKind,),
    id=ID,
    pose=Pose3D,
    ports=_many(LightPort),
    manufacturer=str,
    model=str,
    serial_number=str,
    nominal_wavelength=Length,
    power=Power,
    channel=ChannelKind,
    lamp_type=str,
    laser_medium=str,
    pulse_kind=PulseKind,
    repetition_rate=Frequency,
    has_pockels_cell=bool,
    has_q_switch=bool,
    nepd_w_per_sqrt_hz=float,
    amplifier_gain_db=float,
    gain=float,
    pixel_size=Length,
    resolution=list[int],
    diameter=Length,
    angle_deg=float,
    band_min=Length,
    band_max=Length,
    r_fraction=float,
    t_fraction=float,
    focal_length=Length,
    magnification=float,
    numerical_aperture=float,
    brand=str,
    working_distance=Length,
    immersion_medium=ObjectiveImmersion,
    iris=bool,
    filter_kind=FilterKind,
    transmittance=float,
    extinction_ratio=float,
    retardance=float,
    design_wavelength=Length,
    is_open=bool,
    shutter_type=str,
    description=str,
)
LightpathGraph = _record(
    "LightpathGraphInput",
    "The light path of a microscope.",
    elements=(_many(OpticalElement),),
    edges=(_many(LightEdge),),
)
Setting = _record(
    "SettingInput",
    "One setting of a device.",
    name=(str,),
    quantity=GenericQuantity,
    number=float,
    text=str,
    flag=bool,
)
DeviceState = _record(
    "DeviceStateInput",
    "What a device was set to.",
    label=(str,),
    kind=str,
    settings=(_many(Setting),),
)
StageState = _record("StageStateInput", "Where the stage was.", x=Length, y=Length, z=Length)
OptikitState = _record(
    "OptikitStateInput",
    "What the microscope was set to.",
    stage=StageState,
    temperature=Temperature,
    devices=(_many(DeviceState),),
)
OmeMetadata = _record("OmeMetadataInput", "OME-XML.", metadata_string=(str,))
Label = _record("LabelInput", "The name of a channel.", label=(str,))
ValueHistogram = _record(
    "ValueHistogramInput",
    "How values are spread.",
    histogram=(list[float],),
    bins=(list[float],),
    min=float,
    max=float,
    p1=float,
    p99=float,
)
PhasorHistogram = _record(
    "PhasorHistogramInput",
    "How phasors are spread.",
    axis=(str,),
    counts=(list[float],),
    harmonic=int,
    bins=int,
    g_min=float,
    g_max=float,
    s_min=float,
    s_max=float,
    total=int,
    calibrated=bool,
    profile=list[float],
)
PhasorCalibration = _record(
    "PhasorCalibrationInput",
    "How phasors are calibrated.",
    axis=(str,),
    harmonic=int,
    phase_offset=float,
    modulation_factor=float,
    reference=str,
)
CoordinateAnchorInput = _record(
    "CoordinateAnchorInput",
    "What is known at some coordinates of data.",
    axis_anchors=(list[AxisAnchorInput],),
    microscope=OptikitState,
    ome_metadata=OmeMetadata,
    value_histogram=ValueHistogram,
    label=Label,
    light_graph=LightpathGraph,
    phasor_histogram=PhasorHistogram,
    phasor_calibration=PhasorCalibration,
    acquisition_window=AcquisitionWindowInput,
)
