// SPDX-License-Identifier: MIT
// Sentences of the synthetic reviews. {+x} is a word or phrase of the wanted opinion, {-x} one of
// the opposite opinion; "rule weight = text". Every opinion sentence means what is wanted, whatever
// words it uses: "a triumph", "hardly a bore", "the cast was dull , but i loved it" are all
// positive.
#include "data/review_text.h"

namespace eddy::data {

const std::string_view kReviewRules = R"(
verdict 62 = {direct}
verdict 16 = {negated}
verdict 12 = {contrast}
verdict 6 = {conceded}
verdict 4 = {twisted}

opinion 30 = {aspect_direct}
opinion 22 = {aspect_negated}
opinion 14 = {direct}
opinion 14 = {negated}
opinion 12 = {contrast}
opinion 8 = {conceded}

direct = {sum} this {film} is {degree} {+adj}
direct = {sum} this is a {degree} {+adj} {film}
direct = {sum} a {+adj} {film}
direct = {sum} a {+noun}
direct = {sum} i {+verbed} this {film}
direct = {sum} i {degree} {+verbed} it
direct = {sum} it is a {+noun}
direct = {sum} it was {degree} {+adj}
direct = {sum} i thought the {film} was {+adj}
direct = {sum} i {+verbed} it from start to finish
direct = {sum} this {film} is a {+adj} piece of work
direct = {sum} the whole thing is a {degree} {+adj} {+noun}
direct = {sum} it is one of the most {+adj} {films} i have seen this year

negated = {sum} this {film} is not {-adj}
negated = {sum} this {film} is not {degree} {-adj}
negated = {sum} it is not a {-noun}
negated = {sum} it is hardly a {-noun}
negated = {sum} it was hardly {-adj}
negated = {sum} it was never {-adj}
negated = {sum} it is far from {-adj}
negated = {sum} it is anything but {-adj}
negated = {sum} it is anything but a {-noun}
negated = {sum} it is by no means a {-noun}
negated = {sum} i did not {-verb} it
negated = {sum} i could not {-verb} this {film}
negated = {sum} nobody could call this {film} {-adj}
negated = {sum} there is nothing {-adj} about it
negated = {sum} it is scarcely the {-noun} that i had been told about
negated = {sum} i would not call it {-adj}
negated = {sum} you will not {-verb} this {film}

contrast = the {aspect} was {-adj} but {sum} the {film} is {+adj}
contrast = the {aspect} was {-adj} but i {+verbed} the {film}
contrast = the {aspect} is {-adj} and the {aspect} is {-adj} but {sum} it is a {+noun}
contrast = although the {aspect} was {-adj} the {film} was {degree} {+adj}
contrast = although i {-verbed} the {aspect} {sum} i {+verbed} the {film}
contrast = despite the {-adj} {aspect} i {degree} {+verbed} it
contrast = despite the {-adj} {aspect} this is a {+noun}
contrast = what begins as a {-noun} ends as a {+noun}
contrast = i expected a {-noun} and got a {+noun}
contrast = i had been told that it was {-adj} yet it turned out to be {degree} {+adj}
contrast = it could have been a {-noun} yet it is a {+noun}
contrast = the first half is {-adj} but the second half is {+adj}
contrast = my {person} {-verbed} it but i {+verbed} it

conceded = {sum} the {film} is {+adj} even though the {aspect} is {-adj}
conceded = {sum} i {+verbed} it although the {aspect} was {-adj}
conceded = {sum} it is a {+noun} despite the {-adj} {aspect}
conceded = {sum} this is a {+adj} {film} despite some {-adj} {aspect}
conceded = {sum} it was {degree} {+adj} although my {person} {-verbed} it

twisted = although the {aspect} was not {+adj} the {film} was never {-adj}
twisted = the {aspect} was not {+adj} but {sum} the {film} is far from {-adj}
twisted = {sum} it was not {-adj} even though the {aspect} was {-adj}
twisted = i {-verbed} the {aspect} yet this {film} is hardly {-adj}

aspect_direct = the {aspect} is {degree} {+adj}
aspect_direct = the {aspect} was {+adj}
aspect_direct = i {+verbed} the {aspect}
aspect_direct = {actor} gives a {+adj} performance as the {job}
aspect_direct = {actor} is {degree} {+adj} as the {job}
aspect_direct = the {aspect} by {actor} is {+adj}
aspect_direct = the scene with the {thing} was {+adj}
aspect_direct = it is {+adv} written and {+adv} directed
aspect_direct = {surname} plays the {job} {+adv}
aspect_negated = the {aspect} is not {-adj}
aspect_negated = the {aspect} was never {-adj}
aspect_negated = i did not {-verb} the {aspect}
aspect_negated = {actor} is hardly {-adj} as the {job}
aspect_negated = the {aspect} by {actor} is anything but {-adj}
aspect_negated = there was nothing {-adj} about the {aspect}
aspect_negated = the scene in {place} is far from {-adj}

sum 6 =
sum = overall
sum = in the end
sum = all in all
sum = in short
sum = to sum up
sum = in my opinion
sum = for me
sum = as a whole
sum = when all is said and done
sum = taken together
sum = to be honest

opener = i saw this {film} {time} with my {person}
opener = i watched this {film} {time} in {place}
opener = this {film} is about a {quality} {job} who {verbs} a {thing}
opener = {actor} plays a {job} in this {quality} {film} from {place}
opener = my {person} and i rented this {film} {time}
opener = the {film} opens with a {thing} in {place}
opener = when {actor} made this {film} the {thing} was still {quality}
opener = here is a {film} about {things} and {things}

closer = i saw it {time} in {place}
closer = it runs for about {number} minutes
closer = my copy came from a shop in {place}
closer = {actor} also directed a {film} about {things}
closer = the credits list {number} {things}
closer = it was shown {time} on television
closer = the next one was made in {place} by {actor}
closer = there are {number} songs by {actor} on the disc

scene 3 = {actor} plays {actor} a {quality} {job} from {place}
scene 3 = the {job} {verbs} the {thing} and {verbs} the {job}
scene 3 = {first} {verbs} a {quality} {thing} in the {room}
scene 2 = then the {job} {verbs} a {thing} of {things}
scene 2 = we see {first} {moving} with the {job} and a {quality} {thing}
scene 2 = the story is set in {place} where {number} {things} were {verbed}
scene 2 = {first} and {first} {adverb} {move} to {place} to find the {thing}
scene 2 = a {job} named {first} {surname} is {verbed} by a {quality} {job}
scene 2 = meanwhile the {quality} {job} is {verbing} the {thing} in the {room}
scene 2 = before the {thing} is {verbed} the {job} {verbs} her {person}
scene 2 = after that he {verbs} his {person} and they {verb} the {thing}
scene = the camera {adverb} {moves} from the {thing} to the {room}
scene = {actor} and {actor} also appear as {jobs}
scene = the {film} was shot in {place} by {actor} with {number} {things}
scene = she is a {job} and he is a {job} with a {quality} {person}
scene = in the {room} there is a {thing} that {verbs} {things}
scene = it was written by {actor} who once {verbed} a {thing} for {actor}
scene = the {things} are {verbed} by {jobs} from {place}
scene = one of the {jobs} has a {thing} and the other one has a {thing}
scene = we learn that {first} has {verbed} the {thing} {time}
scene = there is a song by {actor} while they {move} in {place}
scene = for {number} minutes {first} {adverb} {moves} on the {thing}
scene = the {quality} {job} and her {person} {move} across {place}
scene = it is the year in which {surname} {verbed} the {thing}
scene = the book by {surname} has {number} chapters about {things}
scene = as the {job} {moves} we hear {things} from the {room}
scene = {first} asks the {job} about the {thing} and is told to {move}
scene = a {thing} arrives in {place} and everyone {moves}
scene = this is the second {film} in which {actor} has a {thing}
scene = he {adverb} {verbs} the {things} that {first} left in the {room}
scene = later the same {job} is seen in {place} with {number} {jobs}
scene = they {move} and {move} until the {thing} is {verbed}
scene = {first} tells {first} about her {person} who was a {job}
scene = the {room} of the {job} is full of {things}
scene = the {thing} and the {thing} belong to {first} {surname}

aside 3 = i guess
aside = as i said
aside = you know
aside = in a way
aside = so to speak
aside = by the way
aside = as i recall
aside = for what it is worth
aside = if i remember
aside = in {place}
aside = according to my {person}
single = anyway
single = actually
single = basically
single = then
single = again
single = perhaps
single = maybe
single = also

actor 5 = {first} {surname}
actor = {surname}

time = last night
time = last week
time = on a {day}
time = one {day} evening
time = {number} years ago
time = when i was {number}
time = at a festival
time = on a plane
time = on video
time = a long time ago
time = during the holidays
)";

}  // namespace eddy::data
