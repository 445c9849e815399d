import csv

import numpy as np
import pytest

from photofinder.core.mercator import LIMIT_DEGREES, chord_km, project, sphere, unproject, z_keys
from photofinder.core.place import PlaceKind
from photofinder.places.folding import folded
from photofinder.places.gazetteer import Gazetteer
from photofinder.places.nearest import NearestOf, leaf_order

COUNTRY_OF_FOLDER = {
    "2002/England": {"GB"},
    "2002/Paris": {"FR"},
    "2003/Beijing": {"CN"},
    "2004/Fiji": {"FJ"},
    "2008/Arezzo Tuscany": {"IT"},
    "2008/Revelstoke": {"CA"},
    "2011/Milan": {"IT"},
    "2011/Mongolia": {"MN"},
    "2011/Rome": {"IT"},
    "2012/Iceland": {"IS"},
    "2012/Seattle": {"US"},
    "2013/Berlin": {"DE"},
    "2013/South Africa": {"ZA"},
    "2014/Cardiff": {"GB"},
    "2014/Las Vegas": {"US"},
    "2015/La Reunion": {"RE"},
    "2015/Santa Monica": {"US"},
    "2017/Paris": {"FR"},
    "2017/South Africa": {"ZA"},
    "2018/Aarhus": {"DK"},
    "2018/Berlin": {"DE"},
    "2018/Guangzhou office": {"CN"},
    "2018/Norway": {"NO"},
    "2018/Portland": {"US"},
    "2018/Rugen": {"DE"},
    "2019/Lisbon": {"PT"},
    "2019/Phuket": {"TH"},
    "2019/Sicily": {"IT"},
    "2020/Berlin": {"DE"},
    "2021/Missouri spring": {"US"},
    "2022/Helsinki": {"FI"},
    "2023/Everest Base Camp trek": {"NP"},
    "Scans and undated/Lund street survey": {"SE"},
    "Scans and undated/Segovia evening": {"ES"},
}
COUNTRY_OF_PHOTO = {  # folders that are named for something else; looked up by their coordinates on a printed map
    "2010/Signs/DSC04896.jpg": "DE",
    "2011/Macro/IMG_5655.JPG": "DE",
    "2016/Pets/IMG_3632.jpg": "DE",
    "2018/Desk/IMG_3268.webp": "US",
    "2019/Boats/photo-0442.jpg": "PL",
    "2020/Desk/IMG_20200101_172823.JPG": "DE",
    "2021/Pets/IMG_4507.heic": "UA",
    "2021/Railways/IMG_4290.JPG": "GB",
    "2023/Desk/photo-0509.heic": "RU",
    "2023/Pets/IMG_4535.heic": "UA",
    "2023/Workshop/IMG_20231212_183916.heic": "ES",
}
TOWN_OF_FOLDER = {
    "2002/Paris": {"Paris"},
    "2003/Beijing": {"Beijing"},
    "2008/Arezzo Tuscany": {"Arezzo"},
    "2008/Revelstoke": {"Revelstoke"},
    "2011/Milan": {"Milan", "Pero"},
    "2011/Rome": {"Rome"},
    "2012/Seattle": {"Seattle"},
    "2013/Berlin": {"Berlin"},
    "2014/Cardiff": {"Cardiff"},
    "2014/Las Vegas": {"Las Vegas", "Paradise"},
    "2015/Santa Monica": {"Santa Monica"},
    "2018/Aarhus": {"Århus", "Aarhus"},
    "2018/Berlin": {"Berlin"},
    "2018/Guangzhou office": {"Guangzhou"},
    "2018/Rugen": {"Sassnitz"},
    "2020/Berlin": {"Berlin"},
    "2022/Helsinki": {"Helsinki"},
    "2023/Everest Base Camp trek": {"Lukla", "Namche Bazaar", "Lobuche"},
    "Scans and undated/Lund street survey": {"Lund"},
}


@pytest.fixture(scope="module")
def gazetteer() -> Gazetteer:
    return Gazetteer()


def test_every_photo_of_the_corpus_is_in_the_right_country_and_a_plausible_town(gazetteer, corpus):
    with (corpus / "labels.csv").open(encoding="utf-8") as file:
        photos = [row for row in csv.DictReader(file) if row["gps"] == "1"]
    assert len(photos) > 130
    located = gazetteer.locate(*(np.array([float(row[key]) for row in photos]) for key in ("lat", "lon")))
    wrong = []
    for row, place in zip(photos, located, strict=True):
        folder = "/".join(row["path"].split("/")[:2])
        countries = COUNTRY_OF_FOLDER.get(folder) or {COUNTRY_OF_PHOTO[row["path"]]}
        towns = TOWN_OF_FOLDER.get(folder, {place.name})
        near = place.distance_km < (100 if folder == "2012/Iceland" else 12)
        if place.country_code not in countries or place.name not in towns or not place.name or not near or place.at_sea:
            wrong.append((row["path"], place))
    assert not wrong


@pytest.mark.parametrize(
    ("lat", "lon", "code"),
    [
        (28.000, 86.850, "NP"),  # Everest base camp; Tibet is 6 km away
        (28.140, 86.852, "CN"),  # the base camp on the other side
        (47.570, 7.595, "CH"),  # Basel; Germany and France are 3 km away
        (48.575, 7.750, "FR"),  # Strasbourg
        (48.575, 7.830, "DE"),  # Kehl, on the other bank
        (32.545, -117.040, "US"),  # San Ysidro
        (32.520, -117.020, "MX"),  # Tijuana
        (43.942, 12.450, "SM"),
        (47.140, 9.520, "LI"),
        (54.71, 20.51, "RU"),  # Kaliningrad, far from the rest of Russia
        (64.50, -165.40, "US"),  # Nome
        (66.00, -175.00, "RU"),  # Chukotka, beyond the 180th meridian
        (-16.80, -179.97, "FJ"),  # Taveuni, on it
        (-80.00, 100.0, "AQ"),
        (78.22, 15.65, "SJ"),  # Longyearbyen: the map gives it to Norway
        (5.16, -52.65, "GF"),
    ],
)
def test_borders_count_not_the_nearest_town(gazetteer, lat, lon, code):
    assert gazetteer.nearest(lat, lon).country_code == code


def test_the_town_is_on_the_same_side_of_the_border(gazetteer):
    # On the German bank of the Rhine, opposite of Basel's middle, closer to it than to any German town's middle.
    lats, lons = np.meshgrid(np.linspace(47.4, 49.0, 60), np.linspace(7.4, 8.4, 60))
    located = gazetteer.locate(lats.ravel(), lons.ravel())
    owners = np.array([gazetteer._table["country"][row] for row in located.rows])
    assert {"CH", "DE", "FR"} == {gazetteer._codes[number] for number in np.unique(owners)}
    np.testing.assert_array_equal(owners, located.countries)


def test_far_out_at_sea_there_is_no_country(gazetteer):
    place = gazetteer.nearest(30, -40)
    assert place.at_sea
    assert (place.country, place.country_code) == ("", "")
    assert place.distance_km == pytest.approx(1317, abs=30)
    assert place.heading.startswith("At sea, 1,3")


def test_in_territorial_waters_there_is(gazetteer):
    place = gazetteer.nearest(54.6, 13.9)
    assert place.at_sea
    assert place.country_code == "DE"


def test_on_the_beach_one_is_ashore_though_the_map_is_coarse(gazetteer):
    assert gazetteer.nearest(34.0089, -118.4973).heading == "Santa Monica"  # the end of the pier


def test_far_from_every_town_the_country_alone_is_told(gazetteer):
    assert gazetteer.nearest(-75, 0).heading == "Antarctica"


@pytest.mark.parametrize(
    ("asked", "full"),
    [
        ("Namche Bazaar", "Namche Bazaar, Koshi, Nepal"),
        ("namche", "Namche Bazaar, Koshi, Nepal"),
        ("LUKLA", "Lukla, Koshi, Nepal"),
        ("münchen", "Munich, Bavaria, Germany"),
        ("Munchen", "Munich, Bavaria, Germany"),
        ("東京", "Tokyo, Japan"),
        ("paris", "Paris, Île-de-France, France"),
        ("Paris, Texas", "Paris, Texas, United States"),
        ("paris, usa", "Paris, Texas, United States"),
        ("nepal", "Nepal"),
        ("uk", "United Kingdom"),
        ("bavaria", "Bavaria, Germany"),
        ("georgia", "Georgia"),
    ],
)
def test_places_are_found_in_any_spelling_the_likeliest_first(gazetteer, asked, full):
    assert gazetteer.find(asked)[0].full == full


def test_what_a_name_stands_for_is_told(gazetteer):
    kinds = [place.kind for place in gazetteer.find("luxembourg")]
    assert kinds[:2] == [PlaceKind.COUNTRY, PlaceKind.REGION]
    assert PlaceKind.TOWN in kinds


def test_nonsense_is_not_found(gazetteer):
    assert gazetteer.find("xqzzy blorp") == []
    assert gazetteer.find("") == []
    assert gazetteer.complete(" , ") == []


def test_quarters_lead_to_their_city(gazetteer):
    assert gazetteer.nearest(52.49, 13.32).name == "Berlin"  # Wilmersdorf
    assert gazetteer.nearest(41.8986, 12.4769).name == "Rome"  # Pigna


def test_countries_are_known_by_name_and_code(gazetteer):
    assert gazetteer.country_code("Deutschland") == gazetteer.country_code("germany") == "DE"
    assert gazetteer.country_code("nowhere") is None
    assert gazetteer.country_name("NP") == "Nepal"


def test_many_points_get_what_one_gets(gazetteer):
    random = np.random.default_rng(1)
    lat, lon = np.degrees(np.arcsin(random.uniform(-1, 1, 300))), random.uniform(-180, 180, 300)
    located = gazetteer.locate(lat, lon)
    for number in range(0, 300, 7):
        assert located[number] == gazetteer.nearest(lat[number], lon[number])
    assert len(gazetteer.locate(np.empty(0), np.empty(0))) == 0


@pytest.mark.parametrize("count", [1, 2, 17, 1000])
def test_the_nearest_is_the_nearest(count):
    random = np.random.default_rng(count)
    points = sphere(random.uniform(-90, 90, count), random.uniform(-180, 180, count))
    points = points[leaf_order(points)]
    asked = sphere(random.uniform(-90, 90, 500), random.uniform(-180, 180, 500))
    rows, chords = NearestOf(points)(asked)
    apart = np.linalg.norm(asked[:, None] - points[None], axis=2)
    np.testing.assert_allclose(chords, apart.min(axis=1))
    np.testing.assert_allclose(apart[np.arange(500), rows], chords)


def test_mercator_there_and_back():
    random = np.random.default_rng(0)
    lat, lon = random.uniform(-85, 85, 1000), random.uniform(-180, 180, 1000)
    there = project(lat, lon)
    assert all(axis.min() >= 0 and axis.max() <= 1 for axis in there)
    back = unproject(*there)
    np.testing.assert_allclose(back[0], lat, atol=1e-9)
    np.testing.assert_allclose(back[1], lon, atol=1e-9)
    np.testing.assert_allclose(project(np.array([90.0, 0.0, -90.0]), np.zeros(3))[1], [0, 0.5, 1], atol=1e-12)
    assert pytest.approx(85.0511, abs=1e-4) == LIMIT_DEGREES


def test_a_degree_is_111_km():
    ends = sphere(np.array([10.0, 11.0]), np.array([20.0, 20.0]))
    assert chord_km(np.linalg.norm(ends[0] - ends[1])) == pytest.approx(111.2, abs=0.1)


def test_keys_of_one_square_follow_each_other():
    random = np.random.default_rng(0)
    x, y = random.uniform(0, 1, 5000), random.uniform(0, 1, 5000)
    order = np.argsort(z_keys(x, y))
    for level in (1, 3, 6):
        square = ((y * 2**level).astype(int) << level | (x * 2**level).astype(int))[order]
        assert np.count_nonzero(np.diff(square)) == len(np.unique(square)) - 1


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Zürich", "zurich"),
        ("  São   Paulo ", "sao paulo"),
        ("L'Aquila", "laquila"),
        ("Łódź", "lodz"),
        ("Ærøskøbing", "aeroskobing"),
        ("Saint-Denis", "saint denis"),
        ("東京", "東京"),
    ],
)
def test_names_are_folded(name, key):
    assert folded(name) == key
