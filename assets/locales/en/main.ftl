# Every text of the window. Short, warm, spoken; verbs on buttons; every problem says what happened, what of the money,
# and what to do. Both languages have the same keys and variables: see zh-CN/main.ftl.

# In many places
app-name = Hongbao
page-packets = Packets
page-rewards = Rewards
page-friends = Friends
page-activity = Activity
page-settings = Settings
back = Back
back-to-packets = Back to packets
cancel = Cancel
close = Close
done = Done
retry = Try again
save = Save
copy = Copy
copied = Copied
browse = Choose a place…
details = Details
more = More
next-step = What to do
not-known = Not known yet
unnamed = Someone without a name
me = Me
today-at = Today { $time }
yesterday-at = Yesterday { $time }
days-left =
    { $count ->
        [one] 1 day left
       *[other] { $count } days left
    }
last-day = Last day

# Packets: shelf, list, search, filters
to-open = To open
open-file = Open file…
open-link = Paste a link
paste-label = Link or path of a packet
paste-hint = hongbao:1?p=…
paste-take = Take it in
paste-now = Paste
drop-here = Drop a .hongbao file anywhere
drop-now = Let go to drop it in
drop-offline = Opens offline too
search-hint = Search by name, greeting or number
search-clear = Clear the search
search-empty = Nothing found, try another word
filter-all = All
filter-opened = Opened
filter-collected = Collected
filter-forwarded = Forwarded
filter-expired = Expired
sort-by-date = By date
sort-by-amount = By amount
sort-by-expiry = Ending soon first
list-empty = No packets here yet
shelf-empty = All opened. Here's to the next surprise
empty-title = No packets yet
empty-more = Got a packet? Drop it into the window, click “Open file…”, or paste its link. Nothing to sign up for: just look around.
kind-bank = Bank voucher
kind-goods = Goods voucher
voucher-bank = Bank voucher
voucher-goods = Goods voucher
goods-count =
    { $count ->
        [one] 1 item
       *[other] { $count } items
    }
packet-name = { $title }: { $greeting }
toast-imported = It's in, ready for you to open
took-new = { $count ->
    [0] No new packet
    [one] One new packet
   *[other] { $count } new packets
}
took-there = { $count ->
    [one] one was here
   *[other] { $count } were here
}
took-cards = { $count ->
    [one] one card
   *[other] { $count } cards
}
took-refused = { $count ->
    [one] one is none: { $name }
   *[other] { $count } are none: { $name }…
}
took-and = {", "}
file-copy = Copy the file
file-reveal = Show in its folder
file-copied = The file is copied: paste it into a chat or a folder
file-not-copied = The clipboard takes no files here. Show the file in its folder instead.
toast-again = This packet is already here
toast-friend = Friend added
toast-card = Card saved
toast-party = Remembered
toast-linked = Account linked
toast-acceptance = Your bank knows now
no-dialog = No file chosen. You can also type its path.
no-wallet = The wallet cannot be opened
packets-arrived =
    { $count ->
        [one] 1 new packet
       *[other] { $count } new packets
    }
state-received = To open
state-opened = Opened
state-to-collect = Opened · to collect
state-collecting = Collecting
state-paid = Collected
state-code = Code ready
state-handed = Handed over
state-rejected = Not collected
state-forwarded = Forwarded ×{ $count }
state-expired = Expired
state-archived = Archived

# The envelope
fact-serial = Serial
fact-kind = Kind
envelope-kind-bank = Bank voucher, pays to your account
envelope-kind-goods = Goods voucher, good for what it names
fact-until = Valid until
valid-until-day = Valid until { $day }
expired-title = It has expired
expired-more = What nobody collected goes back to the issuer. You can keep this one as a keepsake.
tampered-title = Someone changed this, it won't open
tampered-more = Signature and content don't match; neither issuer nor sum can be trusted. Your money is untouched. Ask the sender for the original file.
loading = Just a moment…
envelope-valid-from = Can be collected from { $day }
fact-from = From
from-issuer = Straight from the issuer
forwarded-times =
    { $count ->
        [one] forwarded once
        [2] forwarded twice
       *[other] forwarded { $count } times
    }
envelope-note = A few words
envelope-pattern = The pattern is drawn from the signature and crosses the flap. If the two halves meet, nobody has touched it.
issuer-checked = Verified issuer
checked-by = { $bank } checked who it is
signature-holds = Signature is good; no bank checked who it is
issuer-checking = Checking the signature…
issuer-unchecked = Issuer not checked
issuer-unchecked-more = Opening asks { $domain } for its key and checks it first
money-bank-unknown = It names { $bank }, which your wallet does not know yet
money-unknown = Issued by { $bank }; we'll check when online whether it can still be collected
open-hint = Click the gold seal, or press Enter
open-seal = Open the packet
opening = Opening…
open-seal-of = Gold seal: open the packet from { $title }
seal-word = OPEN
seal-checking = Checking the signature first, just a moment
open-tells = Opening contacts { $domain } and tells it your id and who sent it
consent-show-me = Also let the sender know it was me
look-quietly = Just look (asks for the key only)
open-silently-more = Nobody is contacted, so your friend gets no reward.
forward = Forward
forwarded-to-you = { $name } forwarded it to you

# The opening moment
opened-real = It's open, and it's real money
opened-now = It's open, see what's inside
told = The issuer was told
opening-goods = It's open, and there's something good inside
opening-skip = Press Space or Esc to skip
opening-again = Watch again
told-later = The issuer will be told once you're online
told-nobody = Nobody was told
told-rewarded = Whoever sent you this got a reward
told-waiting = Once you collect, whoever sent you this gets a reward
told-waiting-look = The issuer looks at this first; then whoever sent you this gets a reward
told-refused = { $domain } did not accept the message
no-reward-not-forwarded = Nobody forwarded this one, so there is no reward for forwarding
no-reward-no-reward = This packet has no reward for forwarding
no-reward-own-packet = This packet was addressed to you; opening it yourself earns no reward
no-reward-own-forward = You forwarded this one yourself; opening it earns no reward
no-reward-not-addressee = It was forwarded to somebody else, so there is no reward
no-reward-too-late = The time for rewards is over
no-reward-cap-reached = Whoever sent you this has earned all the rewards one person can
no-reward-fund-exhausted = All rewards of this campaign have been given
no-reward-day-cap-reached = Whoever sent you this has earned all of today's rewards for one person
no-reward-day-exhausted = All of today's rewards have been given
no-reward-campaign-closed = This campaign has ended
no-reward-not-collected = The reward is for a friend who collects, and nothing is left to collect here
no-reward-already-known = You opened this packet before; a reward counts once

# The bank voucher
voucher-each = { $amount } each
voucher-serial = { $serial }
voucher-issuing-bank = Issuing bank
voucher-issued-by-bank = Issued by { $bank }
voucher-issuer = Issuer
voucher-holder = Collector
voucher-account = Account
voucher-account-tail = { $bank }, ending in { $tail }
money-frozen = { $bank } holds { $amount } for this voucher only
money-partly = { $taken } of { $count } collected; the bank holds the rest
money-extended = The bank pays longer than it says here: until { $day }
money-paid = { $bank } has paid { $amount }
money-refused = { $bank } did not pay; your money is untouched
voucher-refund = If nobody collects, it goes back to the issuer when it ends
voucher-revocable = Until it is collected, the issuer can take it back
voucher-shares =
    { $count ->
        [one] 1 share
       *[other] { $count } shares, one for each person
    }
voucher-single = One gift: first come, first served
voucher-once = Each can be collected once
voucher-from = From
voucher-passed-on = You passed this on to { $name }
voucher-stamp = PAID

# Collecting
collect-title = Collect into your account
account-label = Account number
account-of = Collector: { $holder }
account-hint = 16 to 19 digits, or an IBAN
collect-account-known = Your accounts
collect-account-other = Another account
account-well-formed = The number looks right; not linked to your wallet yet
collect-valid-bank = The number looks right · { $bank }
account-short =
    { $count ->
        [one] 1 digit short, check the number
       *[other] { $count } digits short, check the number
    }
account-long =
    { $count ->
        [one] 1 digit too many, check the number
       *[other] { $count } digits too many, check the number
    }
account-characters = Digits only, or an IBAN
account-check = One digit is wrong, check the number
collect-bank-unknown = The bank of this number is not known yet; add it in Settings
collect-bank-not-partner = This voucher can be collected at: { $banks }
link-why = First time with this account: enter the one-time code from your bank
code-label = One-time code
code-hint = From your bank's counter or online banking
link-account = Link account
collect = Collect
collect-asking = Asking the bank…
collect-into = Into
collect-waiting = Noted; it goes out once you're online
collect-waiting-more = It can't get lost or go out twice.
collect-uncertain = The issuing bank hasn't answered yet
collect-uncertain-more = It will be asked again, and never pays twice.
ask-again = Ask the bank again
collect-button-amount = Collect { $amount }
collect-offline = Works offline, sends later
collect-anyway = I passed it on, but collect it myself
collect-anyway-more = You passed it on to { $name }. You can still collect it as long as they haven't.
lucky = Lucky draw: this is the whole pot, and the bank draws your part
lucky-share = a random share
draw-waiting = Lucky draw, share { $share } of { $count }: it is checked when everyone has collected, by { $day } at the latest
draw-holds = Draw checked: share { $share } of { $count }
draw-holds-more = All shares were computed again and are as drawn. Not proved: that nobody was let wait for a good place.
draw-overdue = The bank has not published the draw
draw-overdue-more = It should have by { $day }. What you were paid is yours, but whether it was drawn fairly can't be checked. Ask the bank.
draw-broken = The bank's draw does not hold
draw-broken-more = { $why }. What the bank signed is kept as evidence: show it to the bank and to the issuer.
draw-other-seed = The seed is not the one that the packet was bound to
draw-other-terms = The pot, the number of shares or the voucher is not the packet's
draw-other-shares = A place was paid another amount than was drawn for it
draw-places-missing = Places are missing, or two pages of the draw say different things
draw-place-twice = One collector was paid at two places
draw-own-amount = You were paid another amount than was drawn for your place
draw-own-place = Your place is marked as somebody else's, or as not paid
step-apply = Apply
step-apply-more = Waiting for you to click Collect
step-apply-queued = Goes out once you're online
step-accept = Accepted
step-accept-more = The bank checks the voucher
step-release = Released
step-release-more = Paid out of the money held for it
step-paid = Paid
step-paid-more = The money enters your account
step-within = The bank promises within { $time }
step-number = Step { $count }
collect-state-applied = Applied; waiting for the bank
collect-state-accepted = The bank accepted it
collect-state-released = Being paid out of the money held for it
arrived = { $amount } is in your account
open-next = Open the next one
collect-refused = It was not collected
reason-already-collected = You collected already; each can be collected once
reason-all-shares = Just too late, all shares are gone. Your account is unchanged.
reason-expired = It has expired; what was not collected went back to the issuer. Your account is unchanged.
reason-withdrawn = The issuer took it back. Your account is unchanged.
reason-not-yet = It can't be collected yet; click Collect again when the day has come.
reason-not-entitled = It isn't yours to collect; ask the sender to forward one to you.
reason-cap-reached = You have had as many rewards of this campaign as one person can. Your account is unchanged.
reason-unknown-voucher = The bank never froze money for this. Your account is unchanged; ask the issuer whether it is real.
reason-timed-out = Your bank did not look at it in time. The money is still frozen for this packet; click Collect again.
reason-identity-unclear = Your bank must see your document first. The money is still frozen; show it there, then collect again.
reason-account-restricted = This account can't take it. The money is still frozen; collect with another account, or ask your bank.
reason-irregular = Your bank thinks something is wrong. The money is still frozen; ask your bank.
reason-declined = Your bank said no. The money is still frozen; ask your bank, then collect again.
collect-told = Your bank says: { $words }
collect-held = Somebody at your bank looks at it first, until { $day }. The money stays frozen meanwhile.
collect-pays-by = The bank promises to pay by { $day }
reason-not-linked = This account isn't linked yet; link it with the one-time code from your bank.
collect-paid-at = { $amount } paid on { $day }

# The goods voucher
goods-title = Redeem
goods-quantity = Quantity { $count }
goods-merchant = From
goods-worth = Worth
goods-terms = Conditions
goods-redeem = How to get it
goods-until = Get it by { $day }
goods-more = Good through { $day }, and once only. Whoever shows it gets the goods, so show it to nobody else.
goods-show = Have it scanned at the counter, or read it out
goods-code = QR code of your one-time code
goods-code-name = One-time code
goods-copy = Copy the code
goods-gtin = Bar code number
goods-collect = Get the code
goods-collect-more = The issuer learns that this wallet collects. Then they are yours, and only you get the code.
goods-asking = Asking the issuer…
goods-waiting = Noted, but the issuer was not reached yet
goods-waiting-more = It is asked again when you are online, and never twice.
goods-send = Have it sent to me
goods-address = Sent to
goods-address-name = For
goods-address-name-hint = Name
goods-address-phone = Phone
goods-address-phone-hint = For the delivery
goods-address-place = Address
goods-address-place-hint = Street, town, country
goods-address-more = Only the issuer gets the address, to send the goods, and deletes it 90 days after they arrived.
goods-to-send = Waiting to be sent
goods-to-send-more = The parcel's number will be here then.
goods-sent = On its way
goods-sent-more = Parcel { $number }
goods-arrived = Delivered
goods-handed = Handed over
goods-handed-more = At the counter on { $day }
goods-missing = Out of stock for now; your code stays good
goods-code-over = The code has expired
goods-code-over-more = The goods are in stock again.
goods-refunded = They could not hand it over
goods-refunded-more = They say: “{ $reason }”. The money you gave up for it comes to you in a packet of its own.
goods-refused = You did not get them
goods-choice = Goods or money
goods-choice-goods = The goods
goods-choice-cash = { $amount } in money
goods-choice-more = One or the other; it cannot be changed afterwards.
goods-step-code = You got the code
goods-step-shown = Shown at the counter
goods-step-handed = Handed over
goods-step-asked = With the issuer
goods-step-sent = Sent
goods-step-arrived = Delivered
goods-larger = Show larger at the counter
goods-no-picture = No picture came with it

# The forward sheet
forward-title = Forward the packet
forward-how = How to send it
way-save = Save file
way-save-more = a .hongbao file
way-link = Copy link
way-link-more = paste it anywhere
way-picture = Picture
way-picture-more = holds the packet
way-friend = To a friend
way-friend-more = into their inbox
copy-again = Copy again
done-saved = Saved. Now send it to a friend
done-picture = Picture saved. Now send it to a friend
done-picture-original = Picture saved. Send it as the original
done-picture-original-more = No short link could be had now, so the packet is in the picture's file alone. Chats that make pictures smaller lose it: choose “original” there, or send it as a file.
done-picture-copied = Picture copied, now paste it
done-picture-copied-more = The packet is behind the code on it.
done-picture-empty = Not copied: the picture would be empty
done-picture-empty-more = No short link could be had now, and copying takes the picture without its file. Save the picture instead.
done-link = Link copied, now paste it
done-link-more = The link carries no pictures.
done-link-short-more = Whoever opens it sees the envelope, also without Hongbao.
done-link-queued = Noted; the link comes once you're online
done-link-queued-more = Forward again this way then, and the link is there.
done-link-refused = The issuer does not host it
done-sent = It's in your friend's inbox
done-queued = Noted; it goes out once you're online
done-queued-more = Until it is delivered, the packet stays with you.
done-refused = It did not get to your friend
path-label = Save to
path-hint = Folder and file name
forward-choose-place = Choose where…
find-friend = Find a friend
no-friends = No friends yet. Ask a friend for their card and drop it into the window.
forward-for = For whom
forward-for-anyone = Anyone
forward-for-only = Only { $name } can collect
forward-for-meant = Meant for { $name }, first come first served
note-label = Add a few words
note-hint = What would you like to say?
forward-seal = Seal: only { $name } can open
forward-seal-locked = Nobody on the way can look inside. Only { $name } can collect, too.
forward-seal-open = Nobody on the way can look inside. That locks the file, not the money: whoever had this packet before { $name } can still collect first.
forward-seal-old-card = To seal it for { $name }, add a new contact card of theirs first.
note-keep = Pass on what was said: “{ $note }”
forward-note-left =
    { $count ->
        [one] 1 character left
       *[other] { $count } characters left
    }
forward-note-long =
    { $count ->
        [one] 1 character too many
       *[other] { $count } characters too many
    }
money-own-share = Friends get a share of their own; yours stays yours
money-first-come = One gift: whoever collects first gets it
money-collected = You collected this; friends can only look
forward-money-goods = Whoever gets it first has it
earn-opened = You get { $amount } for each friend who opens
    .lead = For each friend who opens
    .gain = you get { $amount }
earn-collected = You get { $amount } for each friend who is paid
    .lead = For each friend who is paid
    .gain = you get { $amount }
earn-limits =
    Each friend counts once, { $most } at most.
    Until { $day }; the reward is a packet too.
forward-reward-left =
    { $count ->
        [one] 1 reward left for you
       *[other] { $count } rewards left for you
    }
earn-nothing = No reward for forwarding this one, just the thought.
send-save = Save
send-picture = Save picture
send-picture-copy = Copy picture
send-link = Copy link
send-friend = Send to { $name }
send-nobody = Choose a friend first
link-copied = Link copied, now paste it
link-short = Short link
link-short-more = The issuer keeps it until the packet ends. Whoever has only a browser sees the envelope.
link-whole = Whole packet in the link
link-more = No server is needed; only pictures stay behind.
forward-not-allowed = This packet can't be forwarded
forward-used-up = It was forwarded as often as it allows
forward-open-first = Open it first, then you can forward it
forward-count =
    { $count ->
        [one] Forwarded once
        [2] Forwarded twice
       *[other] Forwarded { $count } times
    }

# The share card: a picture that anybody may see
card-scan = Scan to open
card-original = Send this picture as the original
card-gift = A red packet for you
card-first-come = A red packet for you: first come, first served
card-issuer = Issued by { $domain }
card-foot = Hongbao checks the signature before it opens

# Rewards
rewards-total = Total
rewards-total-season = This season, in all
rewards-total-in = { $season }, in all
season-all = All time
season-year = Year { $year }
season-spring = Spring Festival { $year }
season-choose = What is counted: { $season }
rewards-reach = My forwards: who opened them
rewards-tree-empty = Nothing was forwarded in this time
rewards-open-way = File or link
rewards-others = Unnamed
rewards-more = More
rewards-more-spoken =
    { $count ->
        [one] 1 more forward: show all
       *[other] { $count } more forwards: show all
    }
rewards-as-tree = Back to the tree
rewards-is-open = Opened
rewards-no-word = No word yet
rewards-not-sent = Not sent yet
rewards-not-delivered = Not delivered
rewards-opened-times =
    { $count ->
        [one] opened once
        [2] opened twice
       *[other] opened { $count } times
    }
rewards-brings = Earned you a reward
rewards-count =
    { $all ->
        [one] 1 reward packet, { $waiting } to collect
       *[other] { $all } reward packets, { $waiting } to collect
    }
collect-all = Collect all
rewards-no-account = Collect one packet first to link an account; then you can collect all
collect-all-into = All go to the account ending in { $tail }
rewards-week = Now
rewards-by-week = Rewards by week: { $weeks }
rewards-received = Rewards you got
reward-by-friend = { $name } opened what you forwarded
reward-by-somebody = Someone opened what you forwarded
reward-paid-to = { $name } collected what you forwarded
reward-paid-somebody = Someone collected what you forwarded
reward-unchecked = Not checked
reward-from-packet = { $greeting }, { $day }
reward-open = To collect
reward-collecting = Collecting
reward-paid = In your account
reward-just-in = A reward of { $amount } is here
rewards-forwards =
    { $count ->
        [one] forward
       *[other] forwards
    }
rewards-opened =
    { $count ->
       *[other] opened
    }
rewards-paid =
    { $count ->
       *[other] collected
    }
rewards-privacy = Only people who agreed are shown
rewards-empty = No rewards yet
rewards-empty-more = Forward a packet that rewards it. When a friend opens it, the reward shows up here.
rewards-go-forward = Forward one

# Where the money is
where-title = Where is my money
where-title-goods = Where are my goods
where-back = Back to the packet
where-since = Since { $day }
where-said-bank = { $bank } said so on { $day }
where-said-voucher = { $bank } signed so on { $day }; it was not asked since
where-said-here = Noted on this computer on { $day }
where-said-calendar = By the calendar; the bank was not asked yet
where-last-known = You are offline; this is what was last known.
where-goods = It holds goods, not money, and nobody collected them here
where-goods-asked = Noted here; { $issuer } was not reached yet and is asked when you are online
where-goods-code = The goods are kept for you until { $day }; your code gets them
where-goods-missing = { $issuer } says they are out of stock ({ $said }); your code is good until { $day }
where-goods-had = You have the goods
where-goods-sent = The goods are on their way, parcel { $number }
where-goods-over = The code has expired and the goods are in { $issuer }'s stock again
where-goods-refunded = { $issuer } could not hand the goods over ({ $said }); the money comes to you in a packet of its own
where-goods-refused = { $issuer } did not give them: { $reason }
where-unvouched = No bank you know vouches for it, so nobody can say whether there is money
where-promised = { $issuing } signed that it holds { $frozen } for this voucher only
where-frozen = { $issuing } holds the money of this voucher for you to collect: { $amount }
where-lapsed = Its last day is over. { $issuing } returns what nobody collected to { $issuer }
where-waiting = The money is still at { $issuing }. Your application is noted and goes to { $collecting } once you're online
where-applied = { $collecting } has your application. The money is still at { $issuing }
where-accepted = { $collecting } accepted it and asks { $issuing } for the money
where-released = { $issuing } is paying { $collecting }
where-uncertain = { $issuing } has not answered yet; { $collecting } keeps asking and it is never paid twice
where-paid = { $amount } is in your account at { $collecting } ending in { $tail }
where-refused = { $collecting } did not pay, nothing moved: { $reason }
where-collected = You collected this voucher before; each can be collected once
where-gone = All of it was collected; nothing is left at { $issuing }
where-returned = It expired; what nobody collected went back to { $issuer }
where-withdrawn = { $issuer } took back what nobody had collected
where-ask = Questions? Ask { $who }
where-ask-now = Ask the bank now
where-copy = Copy what to tell the bank
where-copy-goods = Copy what to tell the company
where-copied = Copied, now send it to the bank
where-copied-goods = Copied, now send it to the company
where-copy-more = It holds only the last four digits of your account, no password and no key.
where-copy-more-goods = It holds no code, no password and no key.
where-copy-one = Copy { $name }
where-number-voucher = Voucher number
where-number-collection = Collection id
where-number-goods = Collection of goods
where-number-serial = Packet serial
where-number-amount = Amount
where-number-packet = Packet id
where-message = Hello, I would like to know where the money of this electronic red packet is.
where-message-goods = Hello, I would like to know where the goods of this electronic red packet are.
where-known = What I know
money-moving = On its way · { $count }
money-waiting = To collect · { $count }
money-arrived = Arrived · { $count }
money-over = Over · { $count }
money-known = In step with the banks at { $time }.
money-known-more = Only packets that were opened and that a bank vouches for; click one to see where its money is.
money-empty = No money to look for yet
money-empty-more = Open a packet with a bank voucher, and this says where its money is.

# Friends
card-came = A contact card came
card-new = It is of nobody you have as a friend yet. The name is what its owner chose and proves nothing.
card-same = You have this card.
card-older = The card you have is newer; only the name would change.
card-own = This is your own card.
card-changed = A newer card of your friend. It changes: { $what }
card-change-name = the name
card-change-inbox = where packets are sent to
card-change-seal = the key for sealing
card-take-over = Take it over
list-comma = ,{" "}
fingerprint = To compare aloud
fingerprint-more = Read these six words to each other, by telephone or face to face. If they are the same, the card is really theirs.
friend-edit = A friend
friend-look = Show { $name }
friend-name-wrong = A name of 1 to 64 characters
friend-keep = Keep the name
friend-renamed = Now called { $name }
friend-take = Add this friend
friend-copy = Copy the id { $name }
friend-given = { $count } forwarded to them
friend-opened = { $count } opened
friend-got = { $count } from them
friends-count =
    { $count ->
        [one] 1 friend
       *[other] { $count } friends
    }
friend-add = Add a friend
card-path = Card file
card-path-hint = Path of a .hongbao-contact file
choose-card = Choose a card…
add = Add
friends-add-more = Ask a friend for their card (.hongbao-contact) and drop it into the window.
friend-added = { $name } is a friend now
friend-name = Name
friend-since = Friends since { $day }
friend-last = Last exchange { $day }
friend-never = No exchange yet
friend-no-inbox = Can't be reached directly; save a file and send that
friend-id = Id
friends-empty = No friends yet
friends-empty-more = Swap cards with a friend, and packets go straight into their hands.
friends-give-card = Give them my card

# Activity
day-today = Today
day-yesterday = Yesterday
filter-money = Money
filter-forwards = Forwards
activity-none = Nothing of this kind yet
export-csv = Export CSV
export-table = Export the activity as a table (CSV)
export-where = Save to
export-more = Everything, one line each, for any spreadsheet; no file is overwritten.
export-saved = Saved: { $path }
export-show = Show the folder
activity-received = Got a packet from { $title }
activity-received-from = { $name } forwarded a packet from { $title }
activity-opened = Opened the packet from { $title }
activity-told = Told { $title } it was opened
activity-forwarded = Forwarded the packet from { $title }
activity-forwarded-to = Forwarded the packet from { $title } to { $name }
activity-relayed = It reached { $name }'s inbox
activity-applied = Applied to collect: { $title }
activity-accepted = The bank accepted: { $title }
activity-released = The bank is paying: { $title }
activity-paid = Paid: { $title }
activity-rejected = Not collected: { $title }
activity-goods-collected = Got the code for: { $title }
activity-goods-missing = Out of stock: { $title }
activity-goods-redeemed = Goods handed over: { $title }
activity-goods-shipped = Goods sent: { $title }
activity-goods-delivered = Goods delivered: { $title }
activity-goods-refunded = Money instead of the goods: { $title }
activity-goods-expired = Code expired: { $title }
activity-uncertain = The issuing bank hasn't answered, asking again: { $title }
activity-empty = Nothing happened yet
event-received = Packet arrived
event-opened = Opened
event-told = Told the issuer
event-forwarded = Forwarded
event-relayed = Reached a friend's inbox
event-applied = Applied to collect
event-accepted = The bank accepted
event-released = The bank is paying
event-paid = Paid into the account
event-rejected = Not collected
event-uncertain = The bank has not answered yet
event-other = Something changed
activity-empty-more = Packets you get, forward and collect are noted here.
activity-local = Kept on this computer only

# Settings
settings-look = Appearance
language = Language
language-chinese = 简体中文
language-english = English
theme = Theme
theme-system = As the system
theme-light = Light
theme-dark = Dark
text-size = Text size
size-normal = Normal
size-large = Large
size-largest = Largest
reduced-motion = Reduce motion
reduced-motion-more = Opening shows what's inside at once, without flying coins
settings-identity = Identity
own-id = Your id
own-id-more = Made on this computer only; nothing to sign up for
no-id-yet = Made by itself when you first open or forward
copy-id = Copy id
own-card = My card
card-name-hint = What friends call you
card-place = Where to save the card
backup-why = If this computer breaks, nobody can bring this identity back. A backup can.
backup-why-money = { $count ->
    [one] A packet with money is in this wallet, and nowhere else. Save a backup: it takes a minute.
   *[other] { $count } packets with money are in this wallet, and nowhere else. Save a backup: it takes a minute.
}
card-why = Give it to friends and companies, and their packets reach you directly
card-name = Name on the card
card-show = Show as a code
card-code = Friends scan this code, or hear these words to know that a card is yours
card-link-copy = Copy my card’s link
card-write = Save my card…
backup = Keep it safe
backup-folder = Packets, friends and key are in this folder: { $path }. A backup holds all of it in one file that only its passphrase opens; the recovery phrase brings back the key alone.
backup-keyring = Packets and friends are in { $path }; the key is in the system's keyring. A backup holds all of it in one file that only its passphrase opens; the recovery phrase brings back the key alone.
backup-later = Later
backup-done = I have a backup
backup-save = Save a backup
backup-save-why = Everything in this wallet in one file: key, packets, history, friends, accounts. Keep it on another disk. Without its passphrase nobody can open it, not even you.
backup-go = Save it
backup-path = Where to save the backup
backup-passphrase = Passphrase of the backup
backup-saved = The backup is saved
backup-saved-why = Keep it on another disk or computer. What happens from now on is not in it: save another one now and then.
export-packets = All packet files…
packed = { $count ->
    [one] One packet file is new in { $folder }
   *[other] { $count } packet files are new in { $folder }
}
phrase-title = Recovery phrase
phrase-why = Whoever has these 24 words is you. Write them on paper, in this order, where nobody looks over your shoulder; never type them into a chat or a photo. They bring back the key; packets that came as files come back only from a backup.
phrase-list = Words
phrase-hidden = The words are hidden
phrase-show = Show the words
phrase-hide = Hide the words
phrase-written = I wrote them down
phrase-check = Is it all on paper?
phrase-check-why = Type these three words from what you wrote down.
phrase-word = Word { $number }
phrase-word-right = Right
phrase-word-wrong = That is another word
phrase-done = Done
phrase-wrong-count = A recovery phrase has 24 words; these are { $count }.
phrase-wrong-word = Word { $number } is in no list: { $word }.
phrase-suggestion = Did you mean “{ $word }”?
phrase-wrong-order = Every word is known, but they do not fit together: one is wrong, or two are exchanged.
welcome-restore = I had a wallet before…
restore-title = Bring a wallet back
restore-why = From a backup everything comes back. From the recovery phrase the key comes back, and then what companies and banks still have for you.
restore-from = From
restore-file = Backup file
restore-phrase = Recovery phrase
restore-path = The backup's file
restore-words = The 24 words
restore-words-hint = In order, with spaces between them
restore-phrase-more = English or Chinese words. Afterwards add the companies and banks you knew, and link your accounts again.
restore-go = Bring it back
restored = { $count ->
    [one] The wallet is back, with one packet
   *[other] The wallet is back, with { $count } packets
}
restored-key = The key is back. Add the companies and banks you knew below.
settings-open-folder = Open the folder
settings-accounts = Accounts
settings-accounts-empty = No account yet; you can link one when you first collect
settings-account-add = Link an account…
settings-account-row = { $bank } · { $holder } · ending in { $tail }
acceptance = Who accepts
acceptance-of = Who accepts what you collect, account ending in { $tail }
acceptance-bank = As the bank has set
acceptance-auto = At once
acceptance-clerk = A clerk first
acceptance-more = Your bank takes in what you collect. It can do so at once, or have a clerk look first. Large sums may always be looked at. Your bank’s desk can change this too; here is what you chose last.
settings-known = Companies and banks you trust
known-more = Their keys come from themselves, never from a packet
known-empty = None yet. Opening a packet remembers its issuer.
party-label = Address
party-hint = https://bank.example
party-add = Add
known-added = { $name } is remembered
known-bank = Bank
known-issuer = Company
settings-about = About
settings-version = Version { $version }
settings-licences = Licences of fonts and icons

# First run
welcome-title = Welcome
welcome-line = A packet is a file: anyone can send you one, and there's a surprise inside.
welcome-no-account = Nothing to sign up for, no login
welcome-private = Until you open one, no issuer or bank is contacted
welcome-money = The bank holds the money until you collect it into your account
welcome-look = Look around first
welcome-open = Open a packet…
welcome-card = Save my card…

# The key's passphrase
passphrase-new = Choose a passphrase for your wallet
passphrase-why = It locks the key on this computer. Nobody can recover it, so keep it well.
passphrase-old = Enter your wallet's passphrase
passphrase = Passphrase
passphrase-hint = One character at least
passphrase-again = Once more
passphrase-show = Show the passphrase
passphrase-hide = Hide the passphrase
passphrase-done = Continue
passphrase-unlock = Unlock
passphrase-differs = The two are not the same

# Offline and sync
synced = Synced
never-synced = Not synced yet
synced-at = Synced { $time }
syncing = Syncing
offline = Offline
sync-trouble = One is away
sync-now = Sync now
waiting =
    { $count ->
        [one] 1 message waiting to be sent
       *[other] { $count } messages waiting to be sent
    }
offline-waiting =
    { $count ->
        [one] Offline, with 1 message waiting. They are kept and go out once you're online.
       *[other] Offline, with { $count } messages waiting. They are kept and go out once you're online.
    }
sync-sent =
    { $count ->
        [one] 1 message sent
       *[other] { $count } messages sent
    }
sync-problem = { $domain } can't be reached now; it will be tried again

# Packets that can't be opened or collected: what happened, what of the money, what to do
warn-tampered-tag = Signature broken
warn-tampered-why = Signature and content don't match. Neither the issuer nor the sum can be trusted.
warn-tampered-money = Your money is untouched.
warn-tampered-next = Leave it, and ask the sender for the original file.
warn-tampered-tell = Copy a line for the sender
warn-tampered-message = The packet you sent was changed on the way and won't open. Please send me the original file again.
warn-key-unknown-tag = Key not known yet
warn-key-unknown = Signed with a key that this wallet does not know yet
warn-key-unknown-why = It says that { $domain } made it. Either { $domain } changed its key, or somebody pretends to be it.
warn-key-unknown-money = Your money is untouched.
warn-key-unknown-next = Ask { $domain }: until it has answered, nothing is taken in or opened.
warn-key-unknown-ask = Ask { $domain }
warn-forged-tag = Not theirs
warn-forged = Somebody pretends to be { $domain }
warn-forged-why = { $domain } was asked, and does not have the key that signed this. Neither the issuer nor the sum can be trusted.
warn-forged-money = Your money is untouched.
warn-forged-next = Leave it, and tell whoever sent it.
warn-unreadable-tag = Unreadable
warn-unreadable = This is no packet, or the file is damaged
warn-unreadable-why = It may have been cut off, or made by a newer version.
warn-unreadable-money = Your money is untouched.
warn-unreadable-next = Ask the sender to send it again, or update this program.
warn-unchecked-tag = Issuer not checked
warn-unchecked = Nobody knows who sent this
warn-unchecked-why = The file is intact, but no bank you trust vouches for { $domain }.
warn-unchecked-money = Your money is untouched.
warn-unchecked-next = Ask whoever sent it first, and enter no account number.
warn-unchecked-check = Check the issuer
warn-unchecked-open = Open anyway
warn-expired-tag = Expired
warn-expired = It ended on { $day }
warn-expired-why = What nobody collected goes back to { $issuer }.
warn-expired-money = Your account is unchanged.
warn-expired-next = If you like, ask for another one; this one can stay as a keepsake.
warn-expired-ask = Copy a line for the sender
warn-expired-message = The packet you sent has expired. Could you send another one?
warn-expired-archive = Put away
warn-collected-tag = Collected
warn-collected = This money was already collected
warn-collected-why = { $amount } paid on { $day } into the account ending in { $tail }.
warn-collected-money = Each can be collected once
warn-collected-next = If that wasn't you, contact { $bank } at once.
warn-collected-show = See the record
warn-gone-tag = All gone
warn-gone = Just too late, all shares are gone
warn-gone-why =
    { $count ->
        [one] The one share was collected by somebody else.
       *[other] All { $count } shares were collected by others.
    }
warn-gone-money = Your account is unchanged; you lost nothing.
warn-gone-next = Thank the sender for the thought, and keep it as a keepsake.
warn-withdrawn-tag = Withdrawn
warn-withdrawn = The issuer took it back
warn-withdrawn-why = What was not collected went back to { $issuer }.
warn-withdrawn-money = Your account is unchanged; what was paid stays paid.
warn-withdrawn-next = To know why, ask { $issuer }.
warn-early-tag = Not yet
warn-early = It can be collected from { $day }
warn-early-why = You can look at it now, and forward it.
warn-early-money = Your money is untouched.
warn-early-next = Come back on that day and click Collect.
warn-not-yours-tag = For somebody else
warn-not-yours = This one isn't yours to collect
warn-not-yours-why = It names somebody else, and only they can collect.
warn-not-yours-money = Your money is untouched.
warn-not-yours-next = If you'd like one, ask the sender to forward one to you.
warn-offline-tag = Offline
warn-offline = Offline, but you can look
warn-offline-why = Open, forward and collect as you like.
warn-offline-money = What you clicked is kept; nothing is paid twice.
warn-offline-next =
    { $count ->
        [one] 1 message goes out once you're online.
       *[other] { $count } messages go out once you're online.
    }
warn-rejected-tag = Not collected
warn-rejected = The bank did not pay this time
warn-rejected-why = The bank says: { $reason }
warn-rejected-money = Your account is unchanged; you lost nothing.
warn-rejected-next = Look at the reason, put it right, and click Collect again.

# The demo
demo-title = Demo
demo-more = Real programs, signatures and ledgers; the money is for show
demo-you-are = You are { $name }
demo-switch = Become { $name }
demo-first = First client
demo-friend = Friend
demo-enterprise = Company
demo-issuing-bank = Issuing bank
demo-collecting-bank = Collecting bank
demo-running = Running
demo-stopped = Stopped
demo-sees-issued =
    { $count ->
        [one] Issued 1 packet
       *[other] Issued { $count } packets
    }
demo-sees-notices =
    { $count ->
        [one] Got 1 notice of opening
       *[other] Got { $count } notices of opening
    }
demo-sees-rewards =
    { $count ->
        [one] Gave 1 reward, { $amount } in all
       *[other] Gave { $count } rewards, { $amount } in all
    }
demo-sees-frozen = Holds { $amount }
demo-sees-paid = Paid out { $amount }
demo-sees-balance = Account of { $name }: { $amount }
demo-sees-owes = Owes { $bank } { $amount }
demo-sees-owed = Is owed { $amount } by { $bank }
demo-books-agree = All books agree
demo-books-differ = Books differ at { $party }
demo-step-issue = { $title } issues a packet of { $amount }; { $bank } holds the money
demo-step-arrive = { $name } gets the packet
demo-step-open = { $name } opens it: { $amount } inside
demo-step-collect = { $name } collects: { $amount } paid
demo-step-forward = { $name } forwards it to { $friend }
demo-step-friend-open = { $friend } opens it; { $title } hears of it
demo-step-friend-collect = { $friend } collects too: { $amount } paid
demo-step-reward = { $name } gets a reward packet of { $amount }
demo-step-reward-collect = { $name } collects the reward: { $amount } paid
demo-step-audit = Company and both banks audited: everything agrees
demo-failed = The demo stopped at step { $step }: { $reason }
demo-end = The demo is over; nothing is left running
demo-no-window = There's no window here ({ $reason }), so the story plays without one
demo-next-open = Try it: click the gold seal
demo-next-collect = Now click Collect, and the money arrives
demo-next-forward = Forward it to { $name }
demo-next-friend = Become { $name } and open what arrived
demo-next-reward = Become { $name } again and collect the reward

# Errors: the value is what happened, .money whether the money is safe, .next what to do. The key is error- and the stable code.
money-untouched = Your money is untouched.
money-not-paid = Nothing was paid this time, and nothing was taken from you.
money-once = Nothing is paid twice and nothing gets lost.
money-none = No money is involved.
money-unchanged = Your account was not touched this time.
error-database = The wallet's data can't be read or written
    .money = { money-once }
    .next = See whether the disk is full, then try again.
error-key-missing = This wallet's key is missing, or another one is in its place
    .money = { money-untouched }
    .next = Unlock the system's keyring, or put identity.json back from a backup.
error-key-damaged = The key file is damaged, or made by a newer version
    .money = { money-untouched }
    .next = Put identity.json back from a backup, or update this program.
error-key-file = The key file can't be used
    .money = { money-untouched }
    .next = Check that you may write to the wallet's folder.
error-passphrase-needed = The key needs its passphrase
    .money = { money-untouched }
    .next = Enter the passphrase to go on.
error-passphrase-differs = The two passphrases are not the same
    .money = { money-untouched }
    .next = Enter it twice again.
error-wrong-passphrase = The passphrase is wrong
    .money = { money-untouched }
    .next = Check upper and lower case, and try again.
error-no-home = There is no place for the wallet
    .money = { money-untouched }
    .next = Name a folder with --wallet.
error-internal = Something went wrong inside the program
    .money = { money-once }
    .next = Try again; if it stays, please report it.
error-usage = That can't be read
    .money = { money-untouched }
    .next = Check how it is written, and try again.
error-unknown-packet = This packet isn't here
    .money = { money-untouched }
    .next = Go back and look in the list.
error-ambiguous-id = Several packets fit this id
    .money = { money-untouched }
    .next = Give more of the id.
error-unknown-friend = There is no such friend yet
    .money = { money-untouched }
    .next = Drop their card into the window.
error-ambiguous-friend = Several friends have this name
    .money = { money-untouched }
    .next = Choose one in the list.
error-no-inbox = This friend can't be reached directly
    .money = { money-untouched }
    .next = Save a file or copy the link, and send that.
error-is-card = This is a contact card, and no packet
    .money = { money-untouched }
    .next = Add it among your friends.
error-cannot-seal = The contact card of this friend is too old to seal for
    .money = { money-untouched }
    .next = Add a new card of theirs, or send it without sealing.
error-sealed-for-another = This file is sealed for somebody else
    .money = { money-untouched }
    .next = Give the sender your contact card, so that it can be sealed for you.
error-sender-unknown = The company passes sealed packets on only for people it knows
    .money = { money-untouched }
    .next = Save the sealed file and send it yourself, or open the packet first.
error-wallet-in-use = There is something in this wallet already
    .money = { money-untouched }
    .next = A wallet is brought back only into an empty one.
error-not-a-backup = This is no backup of a wallet
    .money = { money-untouched }
    .next = Choose the file that was saved as a backup.
error-backup-newer = This backup was made by a newer version
    .money = { money-untouched }
    .next = Update this program, and try again.
error-backup-shut = The passphrase is wrong, or the backup is damaged
    .money = { money-untouched }
    .next = Check upper and lower case, or try another copy of the file.
error-phrase-count = A recovery phrase has 24 words
    .money = { money-untouched }
    .next = Compare with what you wrote down.
error-phrase-word = A word is in no list
    .money = { money-untouched }
    .next = Compare with what you wrote down.
error-phrase-checksum = The words do not fit together
    .money = { money-untouched }
    .next = Compare each word with what you wrote down, in the same order.
error-exists = There is a file of that name already
    .money = { money-untouched }
    .next = Choose another name; nothing is overwritten.
error-file = This file can't be read or written
    .money = { money-untouched }
    .next = Check the place, and that you may use it.
error-unreadable = This is no packet, or the file is damaged
    .money = { money-untouched }
    .next = Ask the sender for the file or the link again.
error-nothing-inside = There is no packet in this picture
    .money = { money-untouched }
    .next = Ask for the original picture, or for the packet's file or link.
error-link-says = The short link of this packet carries other words and can't be changed
    .money = { money-untouched }
    .next = Leave the words as they were, or forward the file itself.
error-gone = What was at this address is over
    .money = { money-untouched }
    .next = The packet can no longer be collected.
error-too-many-links = Too many short links were made
    .money = { money-untouched }
    .next = Send the file itself, or try again in some days.
error-bad-link = This link isn't complete
    .money = { money-untouched }
    .next = Ask the sender to copy it again, all of it.
error-link-too-long = Too long for a link
    .money = { money-untouched }
    .next = Save it as a file instead.
error-not-genuine = Someone changed this, it won't open
    .money = { money-untouched }
    .next = Leave it. Ask the sender by a way you trust.
error-cannot-check-offline = The issuer can't be checked now, so it stays closed
    .money = { money-untouched }
    .next = Try again when you are online.
error-bad-card = This is no card, or it is damaged
    .money = { money-none }
    .next = Ask your friend for the card again.
error-bad-text = This text can't be used
    .money = { money-none }
    .next = Make it shorter, and use plain characters.
error-bad-address = The address isn't right
    .money = { money-untouched }
    .next = Write it like https://bank.example
error-not-a-party = There is no packet company or bank there
    .money = { money-untouched }
    .next = Check the address.
error-wrong-role = That address is of another kind than expected
    .money = { money-untouched }
    .next = Check the address.
error-key-changed = It shows another key; somebody may be posing as it
    .money = { money-untouched }
    .next = Stop here. Ask it by a way you trust whether it changed its key.
error-not-allowed = This address may not be contacted
    .money = { money-untouched }
    .next = If you trust it, add it by hand in Settings.
error-unreachable = They can't be reached
    .money = { money-once }
    .next = Check your connection and try again in a moment.
error-bad-answer = Their answer makes no sense
    .money = { money-once }
    .next = Try again later; if it stays so, tell them.
error-not-forwardable = This packet can't be forwarded
    .money = { money-untouched }
    .next = For a friend, ask the issuer for another one.
error-hops-used-up = It was forwarded as often as it allows
    .money = { money-untouched }
    .next = For a friend, ask the issuer for another one.
error-not-holder = This one is meant for somebody else
    .money = { money-untouched }
    .next = Ask the sender to forward one to you.
error-open-first = It can be forwarded only after it is opened
    .money = { money-untouched }
    .next = Click the gold seal first.
error-expired = It has expired
    .money = { money-unchanged }
    .next = Ask for another one; keep this as a keepsake.
error-passed-on = You already passed this on to a friend
    .money = { money-not-paid }
    .next = To collect it yourself, turn on “collect it myself” before your friend does.
error-unknown-recipient = Your friend has never picked up anything here
    .money = { money-untouched }
    .next = Ask them to open their wallet and sync once, or save a file and send that.
error-inbox-full = Their inbox is full
    .money = { money-untouched }
    .next = Wait until they have read it, or save a file and send that.
error-not-bank-voucher = There is no money inside to collect
    .money = { money-none }
    .next = It holds goods: get the code for them.
error-no-goods = There are no goods inside
    .money = { money-untouched }
    .next = It holds money: collect it.
error-address-needed = Nobody knows yet where to send it
    .money = { money-untouched }
    .next = Fill in name, phone and address.
error-no-address-taken = This is picked up, so no address is needed
    .money = { money-untouched }
    .next = Just get the code.
error-chosen-otherwise = It is goods or money, and you chose the other
    .money = { money-untouched }
    .next = See how that stands.
error-bank-does-not-take-part = The bank of this account can't collect this voucher
    .money = { money-not-paid }
    .next = Try another account.
error-bank-unknown = The bank of this number isn't known
    .money = { money-not-paid }
    .next = Add the bank in Settings.
error-bad-account = The account number isn't right
    .money = { money-not-paid }
    .next = Check it against your card.
error-account-not-linked = This account isn't linked yet
    .money = { money-not-paid }
    .next = Link it with the one-time code from your bank, then collect.
error-wrong-code = The account number or the code is wrong
    .money = { money-not-paid }
    .next = Check both; after five wrong tries, ask the bank for a new code.
error-wrong-currency = The account is in another currency
    .money = { money-not-paid }
    .next = Use an account in the packet's currency.
error-already-collected = This money was already collected
    .money = { money-unchanged }
    .next = Each can be collected once; if it wasn't you, contact the bank at once.
error-collection-in-progress = It is being collected already
    .money = { money-once }
    .next = Wait for that one to end.
error-all-shares-collected = Just too late, all shares are gone
    .money = { money-unchanged }
    .next = Thank the sender, and keep it as a keepsake.
error-withdrawn = The issuer took it back
    .money = { money-unchanged }
    .next = To know why, ask the issuer.
error-not-yet-valid = It can't be collected yet
    .money = { money-not-paid }
    .next = Come back on the day it says.
error-not-entitled = It isn't yours to collect
    .money = { money-unchanged }
    .next = Ask the sender to forward one to you.
error-cap-reached = You have had as many rewards as one person can
    .money = { money-unchanged }
    .next = What you got stays yours; this is where it ends.
error-unknown-voucher = The bank knows no such voucher
    .money = { money-unchanged }
    .next = Enter no more account numbers. Ask whoever sent it.
error-member-limit = The limit between the two banks is reached
    .money = { money-not-paid }
    .next = Collect later; the voucher stays as it is.
error-fund-exhausted = All rewards of this campaign have been given
    .money = { money-unchanged }
    .next = Thank you for forwarding it all the same.
error-bad-request = They can't read the request
    .money = { money-once }
    .next = Update the program and try again.
error-unauthorized = They did not recognise you
    .money = { money-once }
    .next = Check your computer's clock and try again.
error-forbidden = They do not allow this
    .money = { money-once }
    .next = Ask the company or bank.
error-not-found = It is no longer there
    .money = { money-untouched }
    .next = Ask the sender for the file or the link again.
error-method-not-allowed = They don't support this
    .money = { money-once }
    .next = Update the program and try again.
error-too-large = It is too large
    .money = { money-untouched }
    .next = Try again without pictures.
error-unsupported-media-type = They don't take this kind of file
    .money = { money-untouched }
    .next = Update the program and try again.
error-too-many-requests = That was too often
    .money = { money-once }
    .next = Take a short break and try again.
error-clock-skew = Your computer's clock is off
    .money = { money-once }
    .next = Set the clock right and try again.
error-wrong-audience = This message is meant for somebody else
    .money = { money-once }
    .next = Check the address and try again.
error-unknown-party = They don't know one of the parties
    .money = { money-not-paid }
    .next = Ask the bank.
error-unavailable = They can't answer right now
    .money = { money-once }
    .next = Try again in a while.
error-party-unreachable = The bank can't reach the other one right now
    .money = { money-once }
    .next = Try again in a while.
error-id-reused = This id was used before
    .money = { money-once }
    .next = Try once more.
error-not-supported = This bank can't do that yet
    .money = { money-not-paid }
    .next = Try an account at another bank.
error-other = They say: { $detail }
    .money = { money-once }
    .next = { $next }

# Errors in two sentences, put together from those above
fault-bank-unknown = { error-bank-unknown }. { error-bank-unknown.money }
fault-bank-unknown-next = { error-bank-unknown.next }
fault-cannot-check = { error-cannot-check-offline }. { error-cannot-check-offline.money }
fault-cannot-check-next = { error-cannot-check-offline.next }
fault-card = { error-bad-card }. { error-bad-card.money }
fault-card-next = { error-bad-card.next }
fault-exists = { error-exists }. { error-exists.money }
fault-exists-next = { error-exists.next }
fault-expired = { error-expired }. { error-expired.money }
fault-expired-next = { error-expired.next }
fault-key-changed = { error-key-changed }. { error-key-changed.money }
fault-key-changed-next = { error-key-changed.next }
fault-no-forward = { error-not-forwardable }. { error-not-forwardable.money }
fault-no-forward-next = { error-not-forwardable.next }
fault-passed-on = { error-passed-on }. { error-passed-on.money }
fault-passed-on-next = { error-passed-on.next }
fault-passphrase = { error-wrong-passphrase }. { error-wrong-passphrase.money }
fault-passphrase-next = { error-wrong-passphrase.next }
fault-unreachable = { error-unreachable }. { error-unreachable.money }
fault-unreachable-next = { error-unreachable.next }
fault-unreadable = { error-unreadable }. { error-unreadable.money }
fault-unreadable-next = { error-unreadable.next }

# What lies over a page for a while
filter-archived = Archived
archive = Put away
unarchive = Take out of the archive
toast-archived = Put away. Money and rewards stay as they are
toast-unarchived = Back in the list
undo = Undo
activity-archived = Put away the packet from { $title }
activity-unarchived = Took the packet from { $title } out of the archive
stop-waiting = Stop waiting
stopped-waiting = Stopped waiting. What was sent stays valid and goes on by itself
task-take = Taking it in…
task-open = Checking and opening…
task-ask-bank = Asking the bank…
task-collect = Asking the bank for the money…
task-collect-all = Collecting…
task-link = Linking the account…
task-acceptance = Telling your bank…
task-forward = Forwarding…
task-sync = Syncing…
task-party = Checking who that is…
task-export = Writing the table…
task-phrase = Reading the key…
task-back-up = Writing the backup…
task-restore = Bringing the wallet back…
task-export-packets = Writing the packet files…
task-progress = { $what } { $done } of { $all }

# After passing on to a friend, and people one does not know
filter-others = From others { $count }
relayed-title = Passed on to
relayed-made = Given away
relayed-sent = In their inbox
relayed-delivered = Delivered
relayed-recalling = Taking it back
relayed-recalled = Taken back
relayed-dropped = Nobody fetched it in 30 days
recall = Take back
recall-from = Take back what went to { $name }
toast-recalled = Taken back; nobody had fetched it
toast-recalling = Noted; it is taken back once you're online
toast-recall-late = It is in their wallet already, so it can't be taken back
toast-recall-unknown = The inbox can't say where it is, so it was not taken back
activity-recalled = Taken back from { $name }'s inbox
stranger-title = From somebody you don't know
stranger-more = Sender's id { $id }. Look closely before you open it. You can make them a friend by their key, and compare it later.
stranger-keep = Keep
stranger-block = Block
toast-kept = Kept, with your other packets
toast-blocked = Blocked; nothing more they forward is kept
toast-unblocked = Unblocked; what they forward is kept again
blocked-title = Blocked
blocked-more = What they put into your inbox is not kept, and nobody tells them.
blocked-row =
    { $count ->
        [0] since { $day }
        [one] since { $day }, { $count } not kept
       *[other] since { $day }, { $count } not kept
    }
unblock = Unblock
unblock-name = Unblock { $name }
error-nothing-to-recall = There is nothing to take back
    .money = Your money is not affected.
    .next = See whom this packet went to, and how that stands.

# What the desktop is told while nobody looks at the window
settings-notices = Notices
notices-more = On the desktop, while you are not looking at this window. They name no sums, and say nothing for people you don't know.
notice-arrivals = Packets that arrive
notice-rewards = Rewards
notice-money = Money that comes in
notice-expiring = Packets about to expire
announce-arrival =
    { $count ->
        [one] A packet arrived
       *[other] { $count } packets arrived
    }
announce-reward =
    { $count ->
        [one] A reward arrived
       *[other] { $count } rewards arrived
    }
announce-money =
    { $count ->
        [one] Money arrived
       *[other] Money arrived { $count } times
    }
announce-expiring =
    { $count ->
        [one] A packet expires within a day
       *[other] { $count } packets expire within a day
    }
announce-from = { $title }
announce-several = Open the window to see

settings-passphrase = Passphrase and lock
idle-lock = Lock after
idle-minutes = { $minutes } min
idle-never = Never
idle-lock-more = After this long with nothing done, the key is wiped from memory; the next step that needs it asks for the passphrase. Packets can be looked at all the same.
idle-lock-keyring = The key lies in the system's keyring, which opens when you sign in to this computer: nobody is asked for a passphrase, and nothing locks. With a passphrase of its own, the key moves into a sealed file and can lock by itself.
idle-lock-no-key = There is no key yet. Once there is one, you can give it a passphrase here, and choose after how long it locks.
passphrase-set = Set a passphrase…
toast-protected = The key now has a passphrase

error-nothing-copied = There is nothing on the clipboard that could be taken in
    .money = { money-untouched }
    .next = Copy a packet's file, its link or its picture first.
error-key-twice = The key has its passphrase, but the keyring did not let go of it
    .money = { money-untouched }
    .next = Delete the entry "hongbao" in the system's keyring yourself.

friend-not-compared = Not compared yet
friend-by-key = Somebody whose key you have
friend-by-key-more = You know this key from a packet that it forwarded, and nobody has said whose it is. The name is what you call them. Compare the six words before you rely on it. Their contact card would say where they can be reached.
friend-words-same = The words are the same
friend-compared = { $name }: compared
