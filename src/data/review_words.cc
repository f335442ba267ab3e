// SPDX-License-Identifier: MIT
// Words of the synthetic reviews: "class ~ words", the frequent ones first; +class and -class are
// the two sides of an opinion. Verbs are regular ("verb" takes an object, "move" does
// not), their forms are made by rule, as are plurals.
#include "data/review_text.h"

namespace eddy::data {

const std::string_view kReviewWords = R"(
+adj ~ good great excellent wonderful brilliant superb beautiful perfect amazing fantastic enjoyable
 charming delightful gripping moving clever fascinating impressive memorable terrific outstanding
 touching stunning hilarious splendid marvelous compelling refreshing magnificent captivating inspired
 graceful witty thrilling satisfying elegant riveting exquisite heartwarming masterful engaging tender
 lovely remarkable flawless sublime dazzling uplifting rousing absorbing convincing intelligent
-adj ~ bad awful terrible boring poor horrible dull stupid weak predictable lame disappointing mediocre
 annoying pointless ridiculous tedious dreadful silly pathetic forgettable lousy clumsy bland shallow
 tiresome laughable painful uninspired unfunny wooden messy hollow lifeless contrived incoherent
 unwatchable dismal abysmal atrocious insulting amateurish sloppy sluggish stale irritating feeble
 worthless wretched banal soulless unconvincing
+noun ~ masterpiece delight triumph gem joy treat success pleasure winner marvel wonder revelation jewel
 knockout sensation blessing
-noun ~ mess disaster bore failure waste disappointment turkey flop dud chore embarrassment letdown
 travesty fiasco stinker nightmare
+verb ~ love enjoy like admire adore treasure applaud cherish praise relish
-verb ~ hate dislike regret loathe despise detest resent deplore scorn curse
+verbed ~ loved enjoyed liked admired adored treasured applauded cherished praised relished
-verbed ~ hated disliked regretted loathed despised detested resented deplored scorned cursed
+adv ~ beautifully brilliantly superbly wonderfully perfectly skillfully cleverly marvelously
-adv ~ badly poorly terribly clumsily awfully horribly carelessly stupidly

film ~ film movie picture feature production
films ~ films movies pictures features productions
degree ~ very really quite so truly rather simply absolutely completely utterly surprisingly
aspect ~ acting story plot script dialogue direction ending music cast photography score camerawork
 humor editing pacing soundtrack atmosphere premise suspense action romance chemistry animation
 narration lighting choreography makeup screenplay staging finale prologue twist backdrop
number ~ two three ten five four six twenty thirty seven eight nine fifteen twelve forty fifty sixty
 ninety eighteen eleven sixteen hundred
day ~ sunday saturday friday monday tuesday thursday wednesday
person ~ friend brother sister wife husband mother father son daughter cousin uncle aunt boss neighbor
 roommate girlfriend boyfriend nephew niece grandmother grandfather teacher colleague
room ~ house kitchen garden office hotel church school station hospital basement castle forest street
 tower library cellar theater harbor attic barn stable courtroom corridor chapel warehouse motel cabin
 lobby elevator tunnel

job ~ detective doctor soldier teacher cop writer singer lawyer killer king nurse pilot reporter captain
 sheriff thief priest scientist student dancer farmer painter boxer spy waiter sailor driver butcher
 prince princess queen general hunter professor gangster banker mechanic carpenter clown actress actor
 barber baker maid butler agent colonel sergeant surgeon dentist gardener miner cowboy rancher wizard
 witch monk nun pirate widow orphan tailor plumber clerk judge senator mayor janitor chemist engineer
 photographer librarian composer violinist pianist drummer hermit explorer astronaut robot alien
 vampire zombie ghost smuggler gambler barman fisherman locksmith

thing ~ letter gun car train ship dog horse book box door window map ring table bottle knife phone
 photograph painting mirror clock lamp key bridge river mountain boat plane island wall road secret
 dream murder wedding funeral party war battle storm fire trial robbery journey accident argument
 promise lesson dinner dance game race contest game song poem story joke riddle bomb sword crown
 necklace suitcase envelope diary newspaper ticket coin chest statue coffin grave piano violin
 guitar radio computer machine engine bicycle motorcycle truck wagon tent rope ladder bucket hammer
 axe candle torch chair sofa bed blanket coat hat glove shoe dress uniform mask costume cake apple
 orange sandwich coffee tea beer wine cigarette pipe medicine poison potion spell crystal
 planet star moon comet rocket satellite laboratory experiment formula virus monster dragon wolf bear
 snake spider shark whale bird eagle crow owl cat mouse rat rabbit fox lion tiger elephant monkey
 parrot donkey goat sheep cow pig chicken duck turtle frog insect flower rose tree leaf branch seed
 stone rock cave desert valley field meadow lake beach wave shore cliff canyon volcano glacier cloud
 shadow footprint fingerprint clue alibi confession verdict contract inheritance testament debt loan
 bribe ransom kidnapping hostage prisoner cell fence gate lock chain trap compass telescope
 microscope camera projector screen stage curtain orchestra choir melody rhythm drum trumpet flute

quality ~ old young little big small strange quiet rich blind tall dark lonely famous secret foreign
 local retired wounded mysterious nervous silent angry tired hungry drunken jealous sincere stubborn
 ambitious religious military royal rural urban former future ancient modern medieval
 northern southern eastern western french german italian russian spanish japanese chinese american
 british irish scottish mexican indian african canadian australian polish swedish dutch greek turkish
 red blue green yellow black white grey brown purple golden silver empty broken hidden forgotten stolen
 frozen burning flying floating sleeping dying missing masked armed married divorced single pregnant
 barefoot bearded freckled deaf mute crippled homeless penniless wealthy noble humble
 shy loud polite rude curious careful reckless cautious calm restless

adverb ~ slowly quickly quietly suddenly secretly finally eventually often usually sometimes always
 nearly almost loudly calmly nervously carefully angrily silently openly briefly repeatedly daily
 weekly together alone once twice soon later still

verb ~ follow watch visit help want need call open close enter learn kick push lift carry turn
 answer question examine discover collect deliver repair paint clean wash cook invite marry divorce
 chase attack defend rescue escort accuse arrest threaten punish reward thank warn remind remember
 ignore avoid observe study search explore climb cross reach miss join gather count measure record
 photograph interview telephone contact inform tease surprise frighten comfort encourage advise hire
 train replace repeat finish start
move ~ walk talk listen look travel return hesitate wait wander sail march hurry work play laugh
 smile whisper shout scream cry breathe collapse recover sneeze snore yawn

first ~ john mary james robert michael david sarah anna peter paul george frank harry jack tom charles
 william richard joseph edward henry walter arthur albert alice emma helen ruth laura linda
 susan karen nancy betty dorothy margaret elizabeth jane kate julia maria diana eva nina lisa rachel
 rebecca hannah leah martha clara grace lucy sophie charlotte victoria caroline christine julie
 monica sandra teresa veronica wanda yvonne zoe adam alan andrew anthony benjamin bernard brian bruce
 carl christopher daniel dennis donald douglas eric ernest eugene fred gary gerald gilbert gordon
 gregory harold howard hugh ian isaac jacob jerry joel jonathan kenneth kevin lawrence leonard louis
 luke marcus martin matthew maurice nathan neil nicholas norman oliver oscar patrick philip ralph
 raymond roger roland ronald roy russell samuel simon stanley stephen steven theodore thomas timothy
 victor vincent warren wesley

place ~ london paris york america england france germany italy chicago texas california boston berlin
 rome vienna tokyo china japan india russia moscow spain mexico canada australia ireland scotland
 africa egypt cairo istanbul athens venice florence naples milan madrid barcelona lisbon amsterdam
 brussels copenhagen stockholm oslo helsinki warsaw prague budapest bucharest belgrade sofia kiev
 dublin edinburgh glasgow manchester liverpool bristol oxford cambridge brighton dover seattle portland
 denver dallas houston miami atlanta detroit cleveland pittsburgh philadelphia baltimore washington
 brooklyn manhattan hollywood arizona nevada alaska hawaii montana wyoming nebraska kansas iowa ohio
 kentucky tennessee georgia florida louisiana alabama brazil argentina chile peru cuba jamaica morocco
 kenya nigeria singapore bangkok vietnam korea
)";

const std::string_view kSurnameStarts =
    "har mor win bel kel dan tor wil gar pen lan ros mar ald bar bran cal car cran dal del den dor "
    "dun "
    "ed el ern fair fal far fen fin for gal gil glen gran hal ham hart hol hud jar jen kan ken kir "
    "lam "
    "lar len lin lor mal man mel mil mon nor oak ol pal par per pres quin rad ran red rich rob row "
    "rud";
const std::string_view kSurnameEnds =
    "son ton man ley ford well field wick worth dale more berg stein sen ski elli etti ez ova enko "
    "er "
    "ing by den ham land mond nard ner rick row sey smith stone thorpe tree wood yard ard ers ins "
    "is "
    "low mer ney ock on ston ter vale";

}  // namespace eddy::data
