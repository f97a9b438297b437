//! The rules that SQL can say. Each lists what it looks at as `subject`, with `expected` and `found`, which must be the
//! same; neither may be NULL.

/// Rules by their stable names.
pub(super) const RULES: &[(&str, &str)] = &[
    // The ledger by itself.
    (
        "transfer-accounts",
        "SELECT 'transfer ' || t.id AS subject, t.currency || ' to ' || t.currency AS expected, \
         COALESCE(d.currency, 'no account') || ' to ' || COALESCE(c.currency, 'no account') AS found \
         FROM transfer t LEFT JOIN ledger_account d ON d.id = t.debit LEFT JOIN ledger_account c ON c.id = t.credit",
    ),
    (
        "resolution-of-pending",
        "SELECT 'transfer ' || r.transfer AS subject, 1 AS expected, COALESCE(t.pending, 0) AS found \
         FROM resolution r LEFT JOIN transfer t ON t.id = r.transfer",
    ),
    (
        "account-totals",
        "SELECT r.kind || ' ' || r.owner || ' ' || r.currency AS subject, \
         r.debits_posted || ' ' || r.credits_posted || ' ' || r.debits_pending || ' ' || r.credits_pending AS expected, \
         l.debits_posted || ' ' || l.credits_posted || ' ' || l.debits_pending || ' ' || l.credits_pending AS found \
         FROM recounted r JOIN ledger_account l ON l.id = r.id",
    ),
    (
        "no-balance-below-zero",
        "SELECT subject, 'zero or more' AS expected, \
         CASE WHEN balance >= 0 THEN 'zero or more' ELSE CAST(balance AS TEXT) END AS found \
         FROM (SELECT kind || ' ' || owner || ' ' || currency AS subject, CASE kind \
         WHEN 'due-from' THEN debits_posted - credits_posted - credits_pending \
         ELSE credits_posted - debits_posted - debits_pending END AS balance \
         FROM recounted WHERE kind NOT IN ('cash', 'clearing')) AS balances",
    ),
    (
        "transactions-sum-to-zero",
        "SELECT currency AS subject, SUM(debits_posted) AS expected, SUM(credits_posted) AS found \
         FROM ledger_account GROUP BY currency",
    ),
    // Vouchers: funded = frozen + paid + refunded.
    (
        "one-voucher-per-packet",
        "SELECT 'packet ' || packet AS subject, 1 AS expected, COUNT(*) AS found FROM voucher GROUP BY packet",
    ),
    (
        "one-voucher-per-reward",
        "SELECT 'fund ' || fund || ' reward ' || reward_for AS subject, 1 AS expected, COUNT(*) AS found \
         FROM voucher WHERE fund IS NOT NULL AND reward_for IS NOT NULL GROUP BY fund, reward_for",
    ),
    (
        "voucher-total",
        "SELECT 'voucher ' || number AS subject, CASE WHEN draw IS NULL THEN share_amount * shares ELSE frozen END \
         AS expected, CASE WHEN draw IS NULL OR share_amount = 1 THEN frozen ELSE 0 END AS found FROM voucher",
    ),
    (
        "voucher-funded",
        "SELECT 'voucher ' || v.number AS subject, v.frozen AS expected, \
         COALESCE((SELECT SUM(e.amount) FROM entry e WHERE e.credit = v.escrow AND e.kind = 'freeze' \
         AND e.state = 'posted' AND e.voucher = v.number), 0) AS found FROM voucher v",
    ),
    (
        "voucher-split",
        "SELECT 'voucher ' || v.number AS subject, v.frozen AS expected, \
         (SELECT r.credits_posted - r.debits_posted FROM recounted r WHERE r.id = v.escrow) \
         + COALESCE((SELECT SUM(s.amount) FROM share s WHERE s.voucher = v.number), 0) \
         + COALESCE((SELECT SUM(e.amount) FROM entry e WHERE e.debit = v.escrow AND e.kind = 'return'), 0) AS found \
         FROM voucher v",
    ),
    (
        "voucher-rest",
        "SELECT 'voucher ' || v.number AS subject, CASE WHEN v.state NOT IN ('issued', 'partly-paid') THEN 0 \
         WHEN v.draw IS NOT NULL \
         THEN v.frozen - COALESCE((SELECT SUM(s.amount) FROM share s WHERE s.voucher = v.number), 0) \
         ELSE (v.shares - (SELECT COUNT(*) FROM share s WHERE s.voucher = v.number) \
         - (SELECT COUNT(*) FROM surrender g WHERE g.voucher = v.number AND g.result = 'surrendered')) * v.share_amount \
         END AS expected, \
         (SELECT r.credits_posted - r.debits_posted FROM recounted r WHERE r.id = v.escrow) AS found FROM voucher v",
    ),
    (
        "voucher-state",
        "SELECT 'voucher ' || v.number AS subject, CASE \
         WHEN (SELECT COUNT(*) FROM share s WHERE s.voucher = v.number) + (SELECT COUNT(*) FROM surrender g \
         WHERE g.voucher = v.number AND g.result = 'surrendered') >= v.shares THEN 'paid' \
         WHEN EXISTS (SELECT 1 FROM entry e WHERE e.debit = v.escrow AND e.kind = 'return' \
         AND NOT EXISTS (SELECT 1 FROM surrender g WHERE g.transfer = e.id)) \
         THEN CASE WHEN v.state = 'withdrawn' THEN 'withdrawn' ELSE 'returned' END \
         WHEN EXISTS (SELECT 1 FROM share s WHERE s.voucher = v.number) THEN 'partly-paid' \
         ELSE 'issued' END AS expected, v.state AS found FROM voucher v",
    ),
    // Lucky draws: each for one packet of its applicant, at least one minor unit for each share, told when it is closed.
    (
        "draw-once",
        "SELECT 'voucher ' || v.number AS subject, 'draw of ' || v.applicant AS expected, \
         COALESCE((SELECT 'draw of ' || d.applicant FROM draw d WHERE d.draw = v.draw AND d.packet = v.packet), 'no draw') \
         AS found FROM voucher v WHERE v.draw IS NOT NULL",
    ),
    (
        "draw-used",
        "SELECT 'draw ' || d.draw AS subject, d.draw AS expected, \
         COALESCE((SELECT v.draw FROM voucher v WHERE v.packet = d.packet), 'no lucky voucher') AS found \
         FROM draw d WHERE d.packet IS NOT NULL",
    ),
    (
        "draw-rest",
        "SELECT 'voucher ' || v.number AS subject, 'enough for each' AS expected, \
         CASE WHEN v.frozen - COALESCE(SUM(s.amount), 0) >= v.shares - COUNT(s.place) \
         THEN 'enough for each' ELSE 'too little' END AS found \
         FROM voucher v LEFT JOIN share s ON s.voucher = v.number WHERE v.draw IS NOT NULL \
         GROUP BY v.number, v.frozen, v.shares",
    ),
    (
        "draw-published",
        "SELECT 'voucher ' || v.number AS subject, \
         CASE WHEN v.state IN ('issued', 'partly-paid') THEN 'kept' ELSE 'published' END AS expected, \
         CASE WHEN d.seed IS NULL THEN 'kept' ELSE 'published' END AS found \
         FROM voucher v LEFT JOIN draw d ON d.packet = v.packet WHERE v.draw IS NOT NULL",
    ),
    // Funds: funded = frozen + moved to vouchers + refunded.
    (
        "fund-funded",
        "SELECT 'fund ' || f.number AS subject, f.total AS expected, \
         COALESCE((SELECT SUM(e.amount) FROM entry e JOIN ledger_account l ON l.id = e.credit \
         WHERE l.kind = 'fund' AND l.owner = f.number AND e.kind = 'fund' AND e.state = 'posted'), 0) AS found FROM fund f",
    ),
    (
        "fund-split",
        "SELECT 'fund ' || f.number AS subject, f.total AS expected, \
         COALESCE((SELECT SUM(r.credits_posted - r.debits_posted) FROM recounted r \
         WHERE r.kind = 'fund' AND r.owner = f.number), 0) \
         + COALESCE((SELECT SUM(v.frozen) FROM voucher v WHERE v.fund = f.number), 0) \
         + COALESCE((SELECT SUM(e.amount) FROM entry e JOIN ledger_account l ON l.id = e.debit \
         WHERE l.kind = 'fund' AND l.owner = f.number AND e.kind = 'return'), 0) AS found FROM fund f",
    ),
    (
        "fund-closed",
        "SELECT 'fund ' || f.number AS subject, 0 AS expected, COALESCE((SELECT SUM(r.credits_posted - r.debits_posted) \
         FROM recounted r WHERE r.kind = 'fund' AND r.owner = f.number), 0) AS found \
         FROM fund f WHERE f.closed_at IS NOT NULL",
    ),
    (
        "fund-cap",
        "SELECT 'fund ' || f.number || ' holder ' || s.holder AS subject, 'within the cap' AS expected, \
         CASE WHEN COUNT(*) <= f.per_person THEN 'within the cap' ELSE CAST(COUNT(*) AS TEXT) END AS found \
         FROM share s JOIN fund f ON f.number = s.fund GROUP BY f.number, f.per_person, s.holder",
    ),
    (
        "total-split",
        "SELECT c.currency AS subject, \
         COALESCE((SELECT SUM(f.total) FROM fund f WHERE f.currency = c.currency), 0) \
         + COALESCE((SELECT SUM(v.frozen) FROM voucher v WHERE v.currency = c.currency AND v.fund IS NULL), 0) \
         AS expected, \
         COALESCE((SELECT SUM(r.credits_posted - r.debits_posted) FROM recounted r \
         WHERE r.currency = c.currency AND r.kind IN ('escrow', 'fund')), 0) \
         + COALESCE((SELECT SUM(s.amount) FROM share s JOIN voucher v ON v.number = s.voucher \
         WHERE v.currency = c.currency), 0) \
         + COALESCE((SELECT SUM(e.amount) FROM entry e WHERE e.currency = c.currency AND e.kind = 'return'), 0) AS found \
         FROM (SELECT DISTINCT currency FROM ledger_account) AS c",
    ),
    // Shares: each paid at most once, with its order and its transfer.
    (
        "share-places",
        "SELECT 'voucher ' || voucher AS subject, COUNT(*) AS expected, MAX(place) AS found FROM share GROUP BY voucher",
    ),
    (
        "share-once-per-holder",
        "SELECT 'voucher ' || voucher AS subject, COUNT(*) AS expected, COUNT(DISTINCT holder) AS found \
         FROM share GROUP BY voucher",
    ),
    (
        "share-transfer",
        "SELECT 'voucher ' || s.voucher || ' share ' || s.place AS subject, \
         v.escrow || ' pay ' || CASE WHEN v.draw IS NULL THEN v.share_amount ELSE s.amount END \
         || ' posted due-to ' || s.bank AS expected, \
         COALESCE(e.debit || ' ' || e.kind || ' ' || e.amount || ' ' || e.state || ' ' || l.kind || ' ' || l.owner, \
         'no transfer') AS found \
         FROM share s JOIN voucher v ON v.number = s.voucher LEFT JOIN entry e ON e.id = s.transfer \
         LEFT JOIN ledger_account l ON l.id = e.credit",
    ),
    (
        "share-amount",
        "SELECT 'voucher ' || s.voucher || ' share ' || s.place AS subject, v.share_amount AS expected, \
         s.amount AS found FROM share s JOIN voucher v ON v.number = s.voucher WHERE v.draw IS NULL",
    ),
    (
        "pay-has-share",
        "SELECT 'transfer ' || e.id AS subject, 1 AS expected, \
         (SELECT COUNT(*) FROM share s WHERE s.transfer = e.id) AS found FROM entry e WHERE e.kind = 'pay'",
    ),
    (
        "share-order",
        "SELECT 'voucher ' || s.voucher || ' share ' || s.place AS subject, \
         'paid ' || s.voucher || ' ' || s.holder AS expected, \
         COALESCE(o.result || ' ' || o.voucher || ' ' || o.holder, 'no order') AS found \
         FROM share s LEFT JOIN bank_order o ON o.bank = s.bank AND o.id = s.order_id",
    ),
    (
        "order-share",
        "SELECT 'order ' || o.id AS subject, CASE WHEN o.result = 'paid' THEN 1 ELSE 0 END AS expected, \
         (SELECT COUNT(*) FROM share s WHERE s.bank = o.bank AND s.order_id = o.id) AS found FROM bank_order o",
    ),
    // Goods or cash: a share's money goes back once, and nobody has both.
    (
        "surrender-transfer",
        "SELECT 'surrender ' || g.id AS subject, v.escrow || ' return ' || v.share_amount || ' posted ' || a.ledger AS expected, \
         COALESCE(e.debit || ' ' || e.kind || ' ' || e.amount || ' ' || e.state || ' ' || e.credit, 'no transfer') AS found \
         FROM surrender g JOIN voucher v ON v.number = g.voucher JOIN account a ON a.number = v.account \
         LEFT JOIN entry e ON e.id = g.transfer WHERE g.result = 'surrendered'",
    ),
    (
        "surrender-once-per-client",
        "SELECT 'voucher ' || voucher || ' client ' || client AS subject, 1 AS expected, COUNT(*) AS found \
         FROM surrender WHERE result = 'surrendered' GROUP BY voucher, client",
    ),
    (
        "surrender-or-paid",
        "SELECT 'surrender ' || g.id AS subject, 0 AS expected, (SELECT COUNT(*) FROM bank_order o \
         WHERE o.voucher = g.voucher AND o.client = g.client AND o.result = 'paid') AS found \
         FROM surrender g WHERE g.result = 'surrendered'",
    ),
    (
        "surrender-within-shares",
        "SELECT 'voucher ' || v.number AS subject, 'within the shares' AS expected, \
         CASE WHEN (SELECT COUNT(*) FROM share s WHERE s.voucher = v.number) + (SELECT COUNT(*) FROM surrender g \
         WHERE g.voucher = v.number AND g.result = 'surrendered') <= v.shares THEN 'within the shares' \
         ELSE 'more' END AS found FROM voucher v",
    ),
    // Collections: promised, then posted or voided.
    (
        "collection-transfer",
        "SELECT 'collection ' || c.id AS subject, \
         'due-from ' || c.bank || ' to ' || a.ledger || ' ' || COALESCE(c.held, c.amount) || c.currency || ' ' || \
         CASE WHEN c.state = 'paid' AND c.held IS NULL THEN 'posted' \
         WHEN c.state IN ('paid', 'rejected') THEN 'voided' ELSE 'pending' END AS expected, \
         COALESCE(l.kind || ' ' || l.owner || ' to ' || e.credit || ' ' || e.amount || e.currency || ' ' || e.state, \
         'no transfer') AS found \
         FROM collection c JOIN account a ON a.number = c.account LEFT JOIN entry e ON e.id = c.transfer \
         LEFT JOIN ledger_account l ON l.id = e.debit",
    ),
    // Of a lucky share the most that it can be is held, and let go when what it is comes in its place.
    (
        "collection-posted",
        "SELECT 'collection ' || c.id AS subject, CASE WHEN c.state = 'paid' \
         THEN 'due-from ' || c.bank || ' to ' || a.ledger || ' ' || c.amount || c.currency || ' posted' \
         ELSE 'no transfer' END AS expected, \
         COALESCE(l.kind || ' ' || l.owner || ' to ' || e.credit || ' ' || e.amount || e.currency || ' ' || e.state, \
         'no transfer') AS found \
         FROM collection c JOIN account a ON a.number = c.account LEFT JOIN entry e ON e.id = c.posted \
         LEFT JOIN ledger_account l ON l.id = e.debit WHERE c.held IS NOT NULL",
    ),
    (
        "collection-held",
        "SELECT 'collection ' || id AS subject, 'within' AS expected, \
         CASE WHEN (held IS NULL AND pot IS NULL AND posted IS NULL) OR (amount <= held AND held <= pot) THEN 'within' \
         ELSE 'not within' END AS found FROM collection",
    ),
    (
        // How much a lucky share is nobody knows before it is paid.
        "collection-unknown",
        "SELECT 'collection ' || id AS subject, held AS expected, amount AS found FROM collection \
         WHERE held IS NOT NULL AND state <> 'paid'",
    ),
    (
        // The packet itself is not kept here: of another bank's voucher what is kept with each of its collections must agree.
        "collection-pot",
        "SELECT 'collection ' || c.id AS subject, COALESCE((SELECT v.frozen FROM voucher v WHERE v.number = c.voucher \
         AND v.packet = c.packet), (SELECT MIN(o.pot) FROM collection o WHERE o.bank = c.bank AND o.voucher = c.voucher)) \
         AS expected, c.pot AS found FROM collection c WHERE c.pot IS NOT NULL",
    ),
    (
        "collect-has-collection",
        "SELECT 'transfer ' || e.id AS subject, 1 AS expected, \
         (SELECT COUNT(*) FROM collection c WHERE c.transfer = e.id) \
         + (SELECT COUNT(*) FROM collection c WHERE c.posted = e.id) AS found FROM entry e WHERE e.kind = 'collect'",
    ),
    (
        "collection-answered",
        "SELECT 'collection ' || id AS subject, \
         CASE WHEN state IN ('paid', 'rejected') THEN 'answered' ELSE 'due' END AS expected, \
         CASE WHEN answer IS NOT NULL AND next_at_ms IS NULL THEN 'answered' \
         WHEN answer IS NULL AND next_at_ms IS NULL AND state = 'rejected' AND held_until IS NOT NULL THEN 'answered' \
         WHEN answer IS NULL AND next_at_ms IS NULL AND state = 'applied' AND held_until IS NOT NULL THEN 'due' \
         WHEN answer IS NULL AND next_at_ms IS NOT NULL AND state <> 'applied' THEN 'due' \
         ELSE 'neither' END AS found FROM collection",
    ),
    (
        "collection-steps",
        "SELECT 'collection ' || c.id AS subject, COALESCE((SELECT s.state FROM collection_step s \
         WHERE s.client = c.client AND s.id = c.id ORDER BY s.n DESC LIMIT 1), 'none') AS expected, c.state AS found \
         FROM collection c",
    ),
    (
        "collection-once-per-person",
        "SELECT 'bank ' || bank || ' voucher ' || voucher || ' person ' || person AS subject, 1 AS expected, \
         COUNT(*) AS found FROM collection WHERE state <> 'rejected' GROUP BY bank, voucher, person",
    ),
    // Whoever decided is named: what was not held was accepted by the bank, and what no answer ended was not yet released.
    (
        "collection-accepted",
        "SELECT 'collection ' || c.id AS subject, CASE WHEN c.held_until IS NULL THEN 'bank' ELSE 'clerk' END AS expected, \
         CASE WHEN s.actor IS NULL OR s.actor = 'bank' THEN 'bank' ELSE 'clerk' END AS found \
         FROM collection c JOIN collection_step s ON s.client = c.client AND s.id = c.id WHERE s.state = 'accepted'",
    ),
    (
        "collection-in-time",
        "SELECT 'collection ' || c.id AS subject, 'in time' AS expected, CASE \
         WHEN s.actor = 'time' AND s.reason = 'timed-out' AND s.at > c.held_until THEN 'in time' \
         WHEN s.actor <> 'time' AND s.at <= c.held_until THEN 'in time' ELSE 'not in time' END AS found \
         FROM collection c JOIN collection_step s ON s.client = c.client AND s.id = c.id WHERE c.held_until IS NOT NULL \
         AND (s.state = 'accepted' OR s.state = 'rejected' AND c.answer IS NULL)",
    ),
    (
        "collection-reason",
        "SELECT 'collection ' || c.id AS subject, COALESCE(c.reason, 'none') AS expected, COALESCE((SELECT s.reason \
         FROM collection_step s WHERE s.client = c.client AND s.id = c.id AND s.state = 'rejected'), 'none') AS found \
         FROM collection c",
    ),
    (
        "collection-unanswered",
        "SELECT 'collection ' || c.id AS subject, 0 AS expected, (SELECT COUNT(*) FROM collection_step s \
         WHERE s.client = c.client AND s.id = c.id AND s.state IN ('accepted', 'released', 'paid', 'uncertain')) AS found \
         FROM collection c WHERE c.state = 'rejected' AND c.answer IS NULL OR c.state = 'applied'",
    ),
    (
        "account-acceptance",
        "SELECT 'account ' || a.number AS subject, COALESCE((SELECT c.after FROM change c WHERE c.subject = 'account' \
         AND c.id = a.number ORDER BY c.seq DESC LIMIT 1), 'bank') AS expected, COALESCE(a.acceptance, 'bank') AS found \
         FROM account a",
    ),
    // What banks owe each other.
    (
        "due-to",
        "SELECT 'bank ' || r.owner || ' ' || r.currency AS subject, \
         COALESCE((SELECT SUM(s.amount) FROM share s JOIN voucher v ON v.number = s.voucher \
         WHERE s.bank = r.owner AND v.currency = r.currency), 0) \
         - COALESCE((SELECT SUM(e.amount) FROM operation o JOIN entry e ON e.id = o.transfer \
         WHERE o.kind = 'settle-paid' AND o.member = r.owner AND e.currency = r.currency), 0) AS expected, \
         r.credits_posted - r.debits_posted AS found FROM recounted r WHERE r.kind = 'due-to'",
    ),
    (
        "due-from",
        "SELECT 'bank ' || r.owner || ' ' || r.currency AS subject, \
         COALESCE((SELECT SUM(c.amount) FROM collection c WHERE c.bank = r.owner AND c.currency = r.currency \
         AND c.state = 'paid'), 0) \
         - COALESCE((SELECT SUM(e.amount) FROM operation o JOIN entry e ON e.id = o.transfer \
         WHERE o.kind = 'settle-received' AND o.member = r.owner AND e.currency = r.currency), 0) AS expected, \
         r.debits_posted - r.credits_posted AS found FROM recounted r WHERE r.kind = 'due-from'",
    ),
    (
        "settle-operation",
        "SELECT 'transfer ' || e.id AS subject, COALESCE((SELECT CASE o.kind \
         WHEN 'settle-paid' THEN 'posted due-to ' || o.member || ' to clearing banks' \
         WHEN 'settle-received' THEN 'posted clearing banks to due-from ' || o.member END \
         FROM operation o WHERE o.transfer = e.id), 'no operation') AS expected, \
         e.state || ' ' || d.kind || ' ' || d.owner || ' to ' || c.kind || ' ' || c.owner AS found \
         FROM entry e JOIN ledger_account d ON d.id = e.debit JOIN ledger_account c ON c.id = e.credit \
         WHERE e.kind = 'settle'",
    ),
    (
        "operation-settled",
        "SELECT 'request ' || o.request AS subject, 1 AS expected, (SELECT COUNT(*) FROM entry e \
         WHERE e.id = o.transfer AND e.kind = 'settle') AS found FROM operation o WHERE o.kind LIKE 'settle-%'",
    ),
    // What applicants are told.
    (
        "feed-amount",
        "SELECT 'voucher ' || f.voucher || ' ' || f.kind || ' ' || f.cursor AS subject, COALESCE(CASE f.kind \
         WHEN 'collected' THEN (SELECT s.amount FROM share s WHERE s.voucher = f.voucher AND s.place = f.share) \
         WHEN 'withdrawn' THEN (SELECT w.amount FROM withdrawal w WHERE w.voucher = f.voucher) \
         WHEN 'returned' THEN (SELECT e.amount FROM entry e WHERE e.voucher = f.voucher AND e.kind = 'return' \
         AND NOT EXISTS (SELECT 1 FROM surrender g WHERE g.transfer = e.id)) \
         ELSE v.frozen END, 0) || ' ' || v.currency AS expected, f.amount || ' ' || f.currency AS found \
         FROM feed f JOIN voucher v ON v.number = f.voucher",
    ),
    (
        "feed-of-vouchers",
        "SELECT 'voucher ' || v.number AS subject, '1 issued ' || CASE v.state WHEN 'paid' THEN '1 paid' \
         WHEN 'returned' THEN '1 returned' WHEN 'withdrawn' THEN '1 withdrawn' ELSE '0 ended' END AS expected, \
         (SELECT COUNT(*) FROM feed f WHERE f.voucher = v.number AND f.kind = 'issued' AND f.amount = v.frozen) \
         || ' issued ' || (SELECT COUNT(*) FROM feed f WHERE f.voucher = v.number \
         AND f.kind IN ('paid', 'returned', 'withdrawn')) || ' ' || COALESCE((SELECT MAX(f.kind) FROM feed f \
         WHERE f.voucher = v.number AND f.kind IN ('paid', 'returned', 'withdrawn')), 'ended') AS found FROM voucher v",
    ),
    (
        "feed-of-shares",
        "SELECT 'voucher ' || s.voucher || ' share ' || s.place AS subject, 1 AS expected, (SELECT COUNT(*) FROM feed f \
         WHERE f.voucher = s.voucher AND f.kind = 'collected' AND f.share = s.place AND f.amount = s.amount) AS found \
         FROM share s",
    ),
];
