"""Photos are followed wherever they go: the machine that also `python -m bench faults` runs, a little while.

And stories that it once took long to find.
"""

import os

import pytest
from hypothesis import HealthCheck, settings

from bench.faults.moves import MovesMachine
from photofinder.library.indexing import Place, index_changes

TestMoves = MovesMachine.TestCase
TestMoves.settings = settings(
    max_examples=8, stateful_step_count=30, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)


@pytest.fixture
def people():
    people = MovesMachine()
    people.start()
    yield people
    people.teardown()


def number_of(people, thing):
    return people.things.index(thing)


def delete_unseen(people, thing, drive, folder, stem):
    """Copy it, have that looked at, delete the original: what moving between drives comes down to."""
    people.copy_then_delete(pick=number_of(people, thing), drive=drive, folder=folder, stem=stem, looks=True)


def test_what_left_just_now_is_taken_before_a_copy_that_left_long_ago_under_the_same_name(people):
    thing = people.things[0]
    delete_unseen(people, thing, "ARCHIVE-2", "", "Img_4")
    people.copy_then_delete(pick=0, drive="ARCHIVE-2", folder="2024", stem="-rf", looks=False)
    people.scan()
    people.scan()
    people.copy_then_delete(pick=0, drive="INTERNAL", folder="2024", stem="Img_4", looks=False)
    people.scan()


def test_a_copy_where_another_photo_once_was_is_no_edited_version_of_that_one(people):
    gone, thing = people.things[0], people.things[3]
    place = gone.drive, gone.folder, gone.stem
    people.delete(pick=0)
    people.scan()
    delete_unseen(people, thing, *place)
    people.move(pick=number_of(people, thing), drive="INTERNAL", folder="2024/june", stem="-rf")
    people.scan()


def test_a_copy_that_came_back_after_its_original_went_is_that_photo(people):
    thing = people.things[0]
    delete_unseen(people, thing, "ARCHIVE-2", "2023", "Img_4")
    people.move(pick=0, drive="ARCHIVE-2", folder="2024/june", stem="Img_4")
    known = {root.id: root for root in people.library.reader.roots()}
    places = [("ARCHIVE-2", "2023"), ("INTERNAL", ""), ("ARCHIVE-2", "2024/june")]  # as a watch may tell of them
    for drive, folder in places:
        index_changes(people.library, [Place(known[people.root_ids[drive]], os.fsencode(folder))])
    people.scan()


def test_what_had_left_a_drive_before_that_was_pulled_out_comes_back_elsewhere(people):
    number = next(place for place, thing in enumerate(people.things) if thing.drive == "ARCHIVE-2")
    people.delete(pick=number)
    people.scan()
    people.pull_out_or_plug_in(label="ARCHIVE-2")
    people.take_out_of_the_trash(pick=0, drive="INTERNAL", folder="2024", stem="-rf")
    people.scan()
    people.pull_out_or_plug_in(label="ARCHIVE-2")
    people.scan()
