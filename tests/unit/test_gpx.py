"""GPX files as receivers write them, and as nobody should."""

import numpy as np
import pytest

from photofinder.core.errors import FailureKind, MediaProblem
from photofinder.media import gpx

POINT = '<trkpt lat="{}" lon="{}"><ele>{}</ele><time>{}</time></trkpt>'


def written(path, body, namespace='xmlns="http://www.topografix.com/GPX/1/1"'):
    path.write_text(f'<?xml version="1.0" encoding="UTF-8"?>\n<gpx version="1.1" {namespace}>{body}</gpx>')
    return path


def refused(path, part):
    with pytest.raises(MediaProblem) as caught:
        gpx.read(path)
    assert part in caught.value.what
    return caught.value.kind


def test_tracks_segments_routes_and_waypoints(tmp_path):
    first = POINT.format(27.8, 86.7, 3440, "2023-10-12T04:00:00Z")
    second = POINT.format(27.9, 86.8, 4000, "2023-10-12T05:00:00.500Z")
    path = written(
        tmp_path / "all.gpx",
        '<wpt lat="27" lon="86"><name>Lukla</name><time>2023-10-12T04:30:00Z</time></wpt>'
        f"<trk><name>Khumbu</name><trkseg>{first}</trkseg><trkseg>{second}</trkseg></trk>"
        '<rte><rtept lat="28" lon="87"><time>2023-10-12T07:45:00+05:45</time></rtept></rte>',
    )
    made = gpx.read(path)
    points = sorted((float(t), float(lat)) for trail in made for t, lat in zip(trail.at_s, trail.latitude, strict=True))
    # 04:00, 04:30, 05:00:00.5 UTC; and 07:45 in Nepal, which is 02:00 UTC.
    assert points == [(1697076000.0, 28.0), (1697083200.0, 27.8), (1697085000.0, 27.0), (1697086800.5, 27.9)]
    altitudes = np.concatenate([trail.altitude_m for trail in made])
    assert sorted(altitudes[np.isfinite(altitudes)].tolist()) == [3440, 4000]


@pytest.mark.parametrize("namespace", ['xmlns="http://www.topografix.com/GPX/1/0"', ""])
def test_version_1_0_and_no_namespace(tmp_path, namespace):
    body = f"<trk><trkseg>{POINT.format(1, 2, 3, '2023-01-01T00:00:00Z')}</trkseg></trk>"
    (trail,) = gpx.read(written(tmp_path / "old.gpx", body, namespace))
    assert (trail.latitude[0], trail.longitude[0], trail.altitude_m[0]) == (1, 2, 3)


def test_a_time_without_a_zone_is_utc(tmp_path):
    (trail,) = gpx.read(
        written(tmp_path / "a.gpx", f"<trk><trkseg>{POINT.format(1, 2, 3, '2023-01-01T00:00:00')}</trkseg></trk>")
    )
    assert trail.at_s[0] == 1672531200


def test_extensions_inside_points_and_around_are_passed_over(tmp_path):
    body = (
        "<metadata><time>2020-01-01T00:00:00Z</time></metadata><trk><extensions><a><b/></a></extensions><trkseg>"
        '<trkpt lat="1" lon="2"><extensions><x><time>1999-01-01T00:00:00Z</time></x></extensions>'
        "<time>2023-01-01T00:00:00Z</time></trkpt></trkseg></trk>"
    )
    (trail,) = gpx.read(written(tmp_path / "a.gpx", body))
    assert trail.at_s.tolist() == [1672531200]


def test_entity_bombs_are_refused_before_they_grow(tmp_path):
    path = tmp_path / "bomb.gpx"
    path.write_text(
        '<?xml version="1.0"?><!DOCTYPE gpx [<!ENTITY a "aaaaaaaaaa">'
        + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9))
        + "]><gpx><trk><name>&j;</name></trk></gpx>"
    )
    assert refused(path, "entities") is FailureKind.UNREADABLE


def test_external_entities_are_refused(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("secret")
    path = tmp_path / "outside.gpx"
    path.write_text(f'<!DOCTYPE gpx [<!ENTITY x SYSTEM "{secret.as_uri()}">]><gpx><name>&x;</name></gpx>')
    refused(path, "entities")


@pytest.mark.parametrize(
    ("lat", "lon", "when", "part"),
    [
        ("91", "2", "2023-01-01T00:00:00Z", "not on Earth"),
        ("nan", "2", "2023-01-01T00:00:00Z", "not on Earth"),
        ("1", "-180.5", "2023-01-01T00:00:00Z", "not on Earth"),
        ("north", "2", "2023-01-01T00:00:00Z", "not on Earth"),
        ("1", "2", "1970-01-01T00:00:00Z", "no receiver"),
        ("1", "2", "9999-12-31T23:59:59-14:00", "no receiver"),
        ("1", "2", "yesterday", "cannot be read"),
    ],
)
def test_liars_are_refused(tmp_path, lat, lon, when, part):
    path = written(tmp_path / "liar.gpx", f"<trk><trkseg>{POINT.format(lat, lon, 3, when)}</trkseg></trk>")
    assert refused(path, part) is FailureKind.UNREADABLE


def test_an_impossible_height_costs_the_height_alone(tmp_path):
    body = f"<trk><trkseg>{POINT.format(1, 2, '1e99', '2023-01-01T00:00:00Z')}</trkseg></trk>"
    (trail,) = gpx.read(written(tmp_path / "a.gpx", body))
    assert np.isnan(trail.altitude_m[0])


def test_what_is_no_gpx_says_what_it_is(tmp_path):
    path = tmp_path / "map.kml"
    path.write_text("<kml><Document/></kml>")
    assert refused(path, "<kml>") is FailureKind.UNSUPPORTED
    path.write_bytes(b"\xff\xd8\xff\xe0 a photo")
    refused(path, "no complete GPX")
    path.write_bytes(b"")
    assert refused(path, "empty") is FailureKind.EMPTY


def test_a_file_that_was_cut_off(tmp_path):
    path = written(tmp_path / "a.gpx", f"<trk><trkseg>{POINT.format(1, 2, 3, '2023-01-01T00:00:00Z')}</trkseg></trk>")
    path.write_bytes(path.read_bytes()[:-20])
    refused(path, "no complete GPX")


def test_points_without_times_cannot_be_used_and_are_counted(tmp_path):
    body = '<rte><rtept lat="1" lon="2"/><rtept lat="1" lon="2"/></rte>'
    refused(written(tmp_path / "a.gpx", body), "None of its 2 points")
    refused(written(tmp_path / "b.gpx", "<trk/>"), "no point")


def test_too_deep_and_too_many(tmp_path, monkeypatch):
    refused(written(tmp_path / "deep.gpx", "<a>" * 100 + "</a>" * 100), "too deeply")
    monkeypatch.setattr(gpx, "MAX_POINTS", 3)
    body = f"<trk><trkseg>{POINT.format(1, 2, 3, '2023-01-01T00:00:00Z') * 4}</trkseg></trk>"
    assert refused(written(tmp_path / "many.gpx", body), "more than 3 points") is FailureKind.TOO_LARGE


def test_a_file_that_is_not_there(tmp_path):
    assert refused(tmp_path / "gone.gpx", "no longer") is FailureKind.VANISHED
