# The checker of a torture finds what is wrong: a run in which all agrees is
# doctored in one place at a time, and each time the invariant that it breaks is
# reported, by the program too.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use File::Temp qw(tempdir);
use JSON::PP;
use Test::More;
use Trade::History::Check qw(check);
use Trade::History;
use Trade::Process qw(spew);

my $json = JSON::PP->new->utf8->canonical;
my $AT = '2026-11-21T02:46:17.737Z';
my $LATER = '2026-11-21T02:46:17.738Z';
my @IDS = map { sprintf 'e8b-%026d', $_ } 0 .. 9;       # of the slot of A and KIP
my $NEW = 'e8b-' . '7' x 26;
my $ITEM = '[{"sku":"A","quantity":1}]';
my @OTHER = map { sprintf 'fa7-%026d', $_ } 0 .. 2;     # of that of C

# Ten units of A are set, and twenty added; three orders; the second is answered
# 202, and was repeated; intent 4 is sold out, intent 5 was not answered, and is due
# to no one; the order of the third buyer had a pad.  Three carts: one is
# placed, one given up, one placed and cancelled.  The first order is paid and
# delivered, and can't be cancelled then.  The units of the cancelled cart are
# on their way back when C is added to, and sold by the last order.
sub good {
    my @intents = ('0 order 0 u-1 A:2 0', '1 order 1 u-2 A:3 0', '2 stock 2 u-9 A:20 0',
        '3 order -1 u-1 A:1,KIP:1 3', '4 order 4 u-3 A:99 0', '5 order 5 u-4 A:1 0',
        '6 order 6 u-5 A:1,C:2 0', '7 order 7 u-6 A:1,C:1 0', '8 order 8 u-6 A:1,C:3 0',
        '9 stock 9 u-9 C:5 0', '10 order 10 u-7 C:12 0');
    my $at = 0;
    my $attempt = sub {
        my ($what, @end) = @_;
        my $n = $at++;
        $what = $intents[$what] if $what =~ /^\d+$/;
        return ("A $n ${n}000000 $what", "E $n ${n}500000 500000 @end");
    };
    my %run = (
        history => [
            $attempt->(0, "201 - - $IDS[1] 1 0"), $attempt->(1, "202 - - $IDS[2] 0 0"),
            $attempt->(1, "202 - - $IDS[2] 0 1"), $attempt->(2, "200 - - $IDS[3] 1 0"),
            $attempt->(3, "201 - - $IDS[4] 1 0"), $attempt->(4, '409 sold-out none - -1 0'),
            $attempt->(5, 'closed - - - - -'), $attempt->(0, 'refused - - - - -'),
            $attempt->(6, "201 - - $IDS[6] 1 0"), $attempt->(7, '409 busy none - -1 0'),
            $attempt->(8, "201 - - $IDS[9] 1 0"),
            $attempt->("action pay $IDS[1]", "200 - - $IDS[1] 1 0"),
            $attempt->("action deliver $IDS[1]", "202 - - $IDS[1] 0 0"),
            $attempt->("action pay $IDS[1]", '409 wrong-state none - -1 0'),
            $attempt->("action cancel $IDS[1]", '409 wrong-state none - -1 0'),
            $attempt->("action cancel $IDS[9]", '503 no-answer unknown - -1 0'),
            $attempt->("action cancel $IDS[9]", "200 - - $IDS[9] 1 0"),
            $attempt->("action pay $IDS[9]", '409 wrong-state none - -1 0'),
            $attempt->(9, "200 - - $OTHER[1] 1 0"), $attempt->(10, "201 - - $OTHER[2] 1 0"),
        ],
        topic => [
            stock($IDS[0], 1, 'A', 10, 10), stock($IDS[5], 2, 'KIP', 10, 10),
            order($IDS[1], 3, 0, 'u-1', '[{"sku":"A","quantity":2}]'),
            order($IDS[2], 4, 1, 'u-2', '[{"sku":"A","quantity":3}]'),
            stock($IDS[3], 5, 'A', 30, 25),
            order($IDS[4], 6, '3,"pad":"xxx"', 'u-1',
                '[{"sku":"A","quantity":1},{"sku":"KIP","quantity":1}]'),
        ],
        windows => [{ names => ['redis-kill'], begin => 1, end => 2,
            evidence => ['yes'], open => '0.10' }],
    );
    my $topic = $run{topic};
    push @$topic, { %{ $topic->[3] } },             # published twice
        order($IDS[6], '7,4007=2', 6, 'u-5', '[{"sku":"A","quantity":1},{"sku":"C","quantity":2}]'),
        goes_on($topic->[2], 'paid', 2, 8), goes_on($topic->[2], 'delivered', 3, 9),
        order($IDS[9], '10,4007=4', 8, 'u-6',
            '[{"sku":"A","quantity":1},{"sku":"C","quantity":3}]');
    push @$topic, goes_on($topic->[10], 'cancelled', 2, 11),
        map({ $_->{headers}[9] =~ s/^3723/4007/; $_ }
            stock($OTHER[0], 1, 'C', 10, 10), stock($OTHER[1], 5, 'C', 15, 10),
            order($OTHER[2], 6, 10, 'u-7', '[{"sku":"C","quantity":12}]'));
    $topic->[$_]{offset} = $_ for 0 .. $#$topic;

    $run{slot} = { v => 11, 'total|A' => 30, 'available|A' => 23, 'held|A' => 0,
        'total|KIP' => 10, 'available|KIP' => 9 };
    $run{bought} = { 'u-1' => "3 1 $IDS[4]", 'u-2' => "3 1 $IDS[2]",
        'u-5' => "1 1 $IDS[6]", 'u-6' => "0 1 $IDS[8]" };
    $run{orders} = { map { $_ => "PLACED 1 ab 1 1\no - -\n{}" } @IDS };
    delete $run{orders}{ $IDS[7] };
    $run{orders}{ $IDS[1] } =~ s/PLACED 1/DELIVERED 3/;
    $run{orders}{ $IDS[8] } = "REFUSED 0 0 7 1\no - -\n{}";
    $run{orders}{ $IDS[9] } =~ s/PLACED 1/CANCELLED 2/;
    $run{due} = {};
    $run{other} = { slot => { v => 6, 'total|C' => 15, 'available|C' => 1 },
        bought => { 'u-5' => "2 1 $IDS[6]", 'u-7' => "12 1 $OTHER[2]" },
        order => { map { $_ => "PLACED 1 ab 1 1\no - -\n{}" } @OTHER },
        hold => { $IDS[6] => hold('SOLD', 2, 'u-5', 2), $IDS[8] => hold('FREED', 3, 'u-6', 1),
            $IDS[9] => hold('FREED', 4, 'u-6', 3), $OTHER[0] => "FREED 0 0\n" } };
    return \%run;
}

sub hold {
    my ($state, $version, $buyer, $n) = @_;
    return "$state $version 1\n"
        . qq({"buyer_id":"$buyer","items":[{"sku":"C","quantity":$n}]});
}

sub order {
    my ($id, $version, $intent, $buyer, $items) = @_;
    return record('trade.order.placed.v1', $id, $id, $version,
        qq({"order_id":"$id","created_at":"$AT","buyer_id":"$buyer",)
        . qq("items":$items,"metadata":{"intent":$intent}}));
}

# A later event of an order.
sub goes_on {
    my ($order, $state, $seq, $version) = @_;
    my $r = record("trade.order.$state.v1", @$order{qw(key key)}, $version, $order->{payload});
    $r->{headers}[1] = "$order->{key}.$seq";
    return $r;
}

sub stock {
    my ($id, $version, $sku, $total, $available) = @_;
    return record('trade.stock.set.v1', $id, $sku, $version,
        qq({"change_id":"$id","sku":"$sku","total":$total,"available":$available}));
}

sub record {
    my ($type, $id, $key, $version, $payload) = @_;
    return { key => $key, payload => $payload, partition => 0, offset => 0,
        headers => [ce_id => "$id.1", ce_type => $type, ce_subject => $key,
            ce_time => $AT, trade_versions => "3723=$version"] };
}

# The folder of a run.
sub folder {
    my ($run) = @_;
    my $dir = tempdir(CLEANUP => 1);
    spew("$dir/run", '{"seed":1}');
    spew("$dir/history", join '', map { "$_\n" } @{ $run->{history} });
    spew("$dir/$_", join '', map { $json->encode($_) . "\n" } @{ $run->{$_} })
        for qw(topic windows);
    my ($slot, $c) = ('trade:{s3723}:', 'trade:{s4007}:');
    my $other = $run->{other};
    spew("$dir/dump-a", join '', map { $json->encode($_) . "\n" }
        map({ ["$slot$_", $run->{$_} // {}] } qw(slot due asks unpaid)),
        ["${slot}bought:A", $run->{bought}], ["${slot}bought:KIP", { 'u-1' => "1 1 $IDS[4]" }],
        map { ["${slot}order:$_", $run->{orders}{$_}] } keys %{ $run->{orders} });
    spew("$dir/dump-b", join '', map { $json->encode($_) . "\n" }
        map({ ["$c$_", $other->{$_} // {}] } qw(slot asks)), ["${c}bought:C", $other->{bought}],
        map { my $kind = $_; map { ["$c$kind:$_", $other->{$kind}{$_}] }
            keys %{ $other->{$kind} } } qw(order hold));
    return $dir;
}

# Broken rules in a run, by the checker and by the exit code of the program.
sub broken {
    my ($run) = @_;
    my $dir = folder($run);
    my %found = check(Trade::History::read_run($dir));
    system("$^X $FindBin::Bin/torture/check $dir >/dev/null");
    return join ' ', $? >> 8, sort grep { @{ $found{$_} } } keys %found;
}

sub header { my ($run, $n, $of) = @_; return \$run->{topic}[$n]{headers}[2 * $of + 1] }
sub ended { my ($run, $n) = @_; return \$run->{history}[2 * $n + 1] }

is(broken(good()), 0, 'the checker finds nothing in a good run');

for (
    ['a record is missing', '1 balance published stock',
        sub { @{ $_->{topic} } = grep { $_->{key} ne $IDS[2] } @{ $_->{topic} } }],
    ['a change of stock is missing', '1 balance published stock',
        sub { splice @{ $_->{topic} }, 4, 1 }],
    ['an order that nobody wanted', '1 balance payload',
        sub { push @{ $_->{topic} }, order($NEW, 12, 77, 'u-7', $ITEM) }],
    ['a change of stock that nobody wanted', '1 balance payload',
        sub { push @{ $_->{topic} }, stock($NEW, 12, 'A', 30, 23) }],
    ['another quantity in the topic', '1 balance payload sequence stock',
        sub { $_->{topic}[2]{payload} =~ s/"quantity":2/"quantity":1/ }],
    ['another pad in the topic', '1 payload',
        sub { $_->{topic}[5]{payload} =~ s/xxx/xx/ }],
    ['another key in the topic', '1 payload', sub { $_->{topic}[2]{key} = 'x' }],
    ['a copy that differs', '1 once',
        sub { $_->{topic}[6] = { %{ $_->{topic}[6] }, payload => '{}' } }],
    ['a key with two orders', '1 balance once',
        sub {
            push @{ $_->{topic} }, order($NEW, 12, 1, 'u-2',
                '[{"sku":"A","quantity":3}]');
        }],
    ['a repetition that is told of another order', '1 once',
        sub { ${ ended($_, 2) } =~ s/$IDS[2]/$IDS[4]/ }],
    ['a refused order in the topic', '1 balance refused stock',
        sub {
            push @{ $_->{topic} }, order($NEW, 12, 4, 'u-3',
                '[{"sku":"A","quantity":99}]');
        }],
    ['a repetition that is refused', '1 replayed',
        sub { ${ ended($_, 2) } =~ s/202 .*/409 sold-out none - -1 0/ }],
    ['more sold than there is', '1 balance stock',
        sub {
            $_->{history}[8] =~ s/A:1,KIP:1/A:1,KIP:11/;
            $_->{topic}[5]{payload} =~ s/("KIP","quantity":)1/${1}11/;
        }],
    ['two events at a version', '1 stock',
        sub { $_->{topic}[3] = { %{ $_->{topic}[3] }, headers =>
            [map { s/^3723=4/3723=3/r } @{ $_->{topic}[3]{headers} }] };
            splice @{ $_->{topic} }, 6, 1 }],
    ['a unit is missing in Redis', '1 balance', sub { $_->{slot}{'available|A'}-- }],
    ['units are held', '1 balance', sub { $_->{slot}{'held|A'} = 1 }],
    ['a total that was never set', '1 balance',
        sub { my $slot = $_->{slot}; $slot->{"$_|A"}++ for qw(total available) }],
    ['a version that no event has', '1 balance', sub { $_->{slot}{v}++ }],
    ['a closed slot', '1 balance', sub { $_->{slot}{c} = 'regressed 6' }],
    ['a buyer who is thought to have more', '1 balance',
        sub { $_->{bought}{'u-2'} = "4 1 $IDS[2]" }],
    ['an order that Redis does not have', '1 balance', sub { delete $_->{orders}{ $IDS[1] } }],
    ['an order that the topic does not have', '1 balance',
        sub { $_->{orders}{$NEW} = $_->{orders}{ $IDS[1] } }],
    ['what stays due', '1 due', sub { $_->{due}{"$IDS[2].1"} = 1 }],
    ['what is late', '1 due', sub { $_->{windows}[0]{late} = ["$IDS[2].1"] }],
    ['an attempt without an end', '1 answered', sub { splice @{ $_->{history} }, 13, 1 }],
    ['an answer that is late', '1 answered', sub { ${ ended($_, 0) } =~ s/ 500000 / 7000000 / }],
    ['an answer that is none', '1 answered', sub { ${ ended($_, 6) } =~ s/closed/garbled/ }],
    ['an error of nginx itself', '1 answered', sub { ${ ended($_, 6) } =~ s/closed/500/ }],
    ['nothing is sold after a window', '1 open', sub { $_->{windows}[0]{open} = '' }],
    ['an action that is not in the topic', '1 published replayed sequence stock',
        sub { splice @{ $_->{topic} }, 8, 2 }],
    ['an action that nobody asked for', '1 payload', sub { splice @{ $_->{history} }, 24, 2 }],
    ['an expiry that nobody asked for', '1 payload published',
        sub { ${ header($_, 11, 1) } =~ s/cancelled/expired/; $_->{orders}{ $IDS[9] } =~ s/C\w+/EXPIRED/ }],
    ['a refused action in the topic', '1 refused',
        sub { ${ ended($_, 12) } =~ s/202 .*/409 wrong-state none - -1 0/ }],
    ['an action that is done, then refused', '1 replayed',
        sub { $_->{history}[26] =~ s/pay/deliver/ }],
    ['an order that is not found', '1 replayed',
        sub { ${ ended($_, 17) } =~ s/409 wrong-state/404 unknown-order/ }],
    ['a sequence with a gap', '1 sequence', sub { ${ header($_, 9, 0) } =~ s/3$/4/ }],
    ['a state that may not follow', '1 published replayed sequence',
        sub { ${ header($_, 8, 1) } =~ s/paid/delivered/ }],
    ['events whose versions are in another order', '1 sequence',
        sub { ${ header($_, 8, 4) } =~ s/8$/9/; ${ header($_, 9, 4) } =~ s/9$/8/ }],
    ['events that lie in another order', '1 sequence',
        sub { $_->{topic}[9]{offset} = 1 }],
    ['an event that says something else of the order', '1 payload sequence',
        sub { $_->{topic}[9]{payload} =~ s/u-1/u-2/ }],
    ['an order that Redis has in another state', '1 sequence',
        sub { $_->{orders}{ $IDS[1] } =~ s/DELIVERED 3/PAID 2/ }],
    ['a cart without a hold', '1 whole', sub { delete $_->{other}{hold}{ $IDS[6] } }],
    ['a cart that is still held', '1 whole', sub { $_->{other}{hold}{ $IDS[6] } =~ s/SOLD/HELD/ }],
    ['a cart that was freed', '1 whole', sub { $_->{other}{hold}{ $IDS[6] } =~ s/SOLD/FREED/ }],
    ['a cart held at another version', '1 whole',
        sub { $_->{other}{hold}{ $IDS[6] } =~ s/SOLD 2/SOLD 3/ }],
    ['a cart that holds something else', '1 whole',
        sub { $_->{other}{hold}{ $IDS[6] } =~ s/"quantity":2/"quantity":3/ }],
    ['a cancelled cart that stays sold', '1 whole',
        sub { $_->{other}{hold}{ $IDS[9] } =~ s/FREED/SOLD/ }],
    ['a hold of no order', '1 stock whole', sub { $_->{other}{hold}{ $IDS[8] } =~ s/FREED/HELD/ }],
    ['an event without a slot', '1 stock whole', sub { ${ header($_, 7, 4) } =~ s/,.*// }],
    ['a later event of a slot that is not home', '1 balance whole',
        sub { ${ header($_, 9, 4) } .= ',4007=7' }],
    ['a cart that was given up, and answered', '1 published',
        sub { ${ ended($_, 9) } =~ s/409 .*/201 - - $IDS[8] 1 0/ }],
    ['an order that was given up', '1 balance sequence',
        sub { $_->{orders}{ $IDS[2] } = "REFUSED 0 0 4 1\no - -\n{}" }],
    ['a version that no hold explains', '1 stock', sub { delete $_->{other}{hold}{ $IDS[8] } }],
    ['a version that a hold has twice', '1 stock',
        sub { $_->{other}{hold}{ $OTHER[0] } = hold('FREED', 6, 'u-6', 1) }],
    ['less than there is after a change', '1 stock',
        sub { $_->{topic}[13]{payload} =~ s/"available":10/"available":9/ }],
    ['more than there is after a change', '1 stock',
        sub { $_->{topic}[13]{payload} =~ s/"available":10/"available":14/ }],
    ['units sold again before they were given up', '1 stock',
        sub { ${ header($_, 11, 3) } = $LATER }],
    ['a share of what was cancelled', '1 balance',
        sub { $_->{other}{bought}{'u-6'} = "3 1 $IDS[9]" }],
    ['units of a cart that did not come back', '1 balance',
        sub { $_->{other}{slot}{'available|C'} -= 1 }],
    ['what is still asked for', '1 due', sub { $_->{asks}{"$IDS[6].4007"} = 1 }],
    ['a hold that is still asked for', '1 due', sub { $_->{other}{asks}{ $IDS[6] } = 1 }],
    ['what is to be paid', '1 due', sub { $_->{unpaid}{ $IDS[6] } = 1 }],
    ['a nemesis without an effect', '2 effect', sub { $_->{windows}[0]{evidence} = [''] }],
) {
    my ($name, $want, $doctor) = @$_;
    my $run = good();
    $doctor->() for $run;
    is(broken($run), $want, $name);
}

# Differences that a nemesis is allowed, and no other.

my $run = good();
$run->{windows}[0]{names} = ['nginx-worker-stop'];
$run->{windows}[0]{end} = 5;
${ ended($run, 0) } =~ s/ 500000 500000 / 2500000 7000000 /;
is(broken($run), 0, 'a worker that stands still keeps buyers waiting');

$run = good();
$run->{windows}[0]{names} = ['disk-nginx'];
$run->{windows}[0]{end} = 7;
${ ended($run, 6) } =~ s/closed/500/;
is(broken($run), 0, 'a full disk makes nginx answer for itself');

# The units of an order are sold again at home behind its end, and not before.

$run = good();
push @{ $run->{history} }, 'A 20 20000000 11 order 11 u-8 A:23 0',
    "E 20 20500000 500000 201 - - $NEW 1 0";
$run->{orders}{$NEW} = "PLACED 1 ab 1 1\no - -\n{}";
$run->{bought}{'u-8'} = "23 1 $NEW";
$run->{slot}{'available|A'} = 0;
$run->{slot}{v} = 12;
push @{ $run->{topic} }, order($NEW, 12, 11, 'u-8', '[{"sku":"A","quantity":23}]');
is(broken($run), 0, 'the checker takes units that are sold again after a cancellation');
${ header($run, 11, 4) } =~ s/11/12/;
${ header($run, -1, 4) } =~ s/12/11/;
is(broken($run), '1 stock', 'the checker finds units that are sold again before the cancellation');

# The state after a loss, once its slot was opened again.

$run = good();
$run->{slot}{v} = $run->{slot}{f} = 1048582;
splice @{ $run->{history} }, 2, 4;
$run->{topic} = [grep { $_->{key} ne $IDS[2] } @{ $run->{topic} }];
delete @{ $run->{orders} }{ @IDS[2, 3] };
delete $run->{bought}{'u-2'};
$run->{slot}{'available|A'} += 3;
is(broken($run), 0, 'an opened slot may miss versions, and records of changes');

$run->{slot}{v} = 5;
is(broken($run), '1 balance', 'the checker finds an opened slot whose version is not above all');

done_testing();
