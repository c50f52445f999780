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
use Trade::Books qw(check);
use Trade::History;
use Trade::Process qw(spew);

my $json = JSON::PP->new->utf8->canonical;
my $AT = '2026-11-21T02:46:17.737Z';
my @IDS = map { sprintf '123-%026d', $_ } 0 .. 5;

# Ten units of A are set, and twenty added; three orders; the second is answered
# 202, and was repeated; wish 4 is sold out, wish 5 was not answered, and is due
# to no one; what the third buyer wanted had a pad.
sub good {
    my @wishes = ('0 order 0 u-1 A:2 0', '1 order 1 u-2 A:3 0', '2 stock 2 u-9 A:20 0',
        '3 order -1 u-1 A:1,B:1 3', '4 order 4 u-3 A:99 0', '5 order 5 u-4 A:1 0');
    my $at = 0;
    my $attempt = sub {
        my ($wish, @end) = @_;
        my $n = $at++;
        return ("A $n ${n}000000 $wishes[$wish]", "E $n ${n}500000 500000 @end");
    };
    my %run = (
        history => [
            $attempt->(0, "201 - - $IDS[1] 1 0"), $attempt->(1, "202 - - $IDS[2] 0 0"),
            $attempt->(1, "202 - - $IDS[2] 0 1"), $attempt->(2, "200 - - $IDS[3] 1 0"),
            $attempt->(3, "201 - - $IDS[4] 1 0"), $attempt->(4, '409 sold-out none - -1 0'),
            $attempt->(5, 'closed - - - - -'), $attempt->(0, 'refused - - - - -'),
        ],
        topic => [
            stock($IDS[0], 1, 'A', 10, 10), stock($IDS[5], 2, 'B', 10, 10),
            order($IDS[1], 3, 0, 'u-1', '[{"sku":"A","quantity":2}]'),
            order($IDS[2], 4, 1, 'u-2', '[{"sku":"A","quantity":3}]'),
            stock($IDS[3], 5, 'A', 30, 25),
            order($IDS[4], 6, '3,"pad":"xxx"', 'u-1',
                '[{"sku":"A","quantity":1},{"sku":"B","quantity":1}]'),
        ],
        windows => [{ names => ['redis-kill'], begin => 1, end => 2,
            evidence => ['yes'], open => '0.10' }],
    );
    push @{ $run{topic} }, $run{topic}[3];          # published twice
    $run{slot} = { v => 6, 'total|A' => 30, 'available|A' => 24, 'total|B' => 10,
        'available|B' => 9 };
    $run{bought} = { 'u-1' => "3 1 $IDS[4]", 'u-2' => "3 1 $IDS[2]" };
    $run{orders} = { map { $_ => "PLACED 1 ab 1 1\no - -\n{}" } @IDS };
    $run{due} = {};
    return \%run;
}

sub order {
    my ($id, $version, $wish, $buyer, $items) = @_;
    return record('trade.order.placed.v1', $id, $id, $version,
        qq({"order_id":"$id","created_at":"$AT","buyer_id":"$buyer",)
        . qq("items":$items,"metadata":{"wish":$wish}}));
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
            ce_time => $AT, trade_versions => "291=$version"] };
}

# The folder of a run.
sub folder {
    my ($run) = @_;
    my $dir = tempdir(CLEANUP => 1);
    spew("$dir/run", '{"seed":1}');
    spew("$dir/history", join '', map { "$_\n" } @{ $run->{history} });
    spew("$dir/$_", join '', map { $json->encode($_) . "\n" } @{ $run->{$_} })
        for qw(topic windows);
    my $slot = 'trade:{s291}:';
    spew("$dir/dump-a", join '', map { $json->encode($_) . "\n" }
        ["${slot}slot", $run->{slot}], ["${slot}due", $run->{due}],
        ["${slot}bought:A", $run->{bought}], ["${slot}bought:B", { 'u-1' => "1 1 $IDS[4]" }],
        map { ["${slot}order:$_", $run->{orders}{$_}] } keys %{ $run->{orders} });
    return $dir;
}

# What is broken in a run, by the checker and by the exit code of the program.
sub broken {
    my ($run) = @_;
    my $dir = folder($run);
    my %found = check(Trade::History::read_run($dir));
    system("$^X $FindBin::Bin/torture/check $dir >/dev/null");
    return join ' ', $? >> 8, sort grep { @{ $found{$_} } } keys %found;
}

sub ended { my ($run, $n) = @_; return \$run->{history}[2 * $n + 1] }

is(broken(good()), 0, 'nothing is found where nothing is wrong');

for (
    ['a record is missing', '1 books published stock',
        sub { @{ $_->{topic} } = grep { $_->{key} ne $IDS[2] } @{ $_->{topic} } }],
    ['a change of stock is missing', '1 books published stock',
        sub { splice @{ $_->{topic} }, 4, 1 }],
    ['an order that nobody wanted', '1 books payload',
        sub { push @{ $_->{topic} }, order('123-' . '7' x 26, 7, 77, 'u-7', '[]') }],
    ['a change of stock that nobody wanted', '1 books payload',
        sub { push @{ $_->{topic} }, stock('123-' . '7' x 26, 7, 'A', 30, 24) }],
    ['another quantity in the topic', '1 books payload stock',
        sub { $_->{topic}[2]{payload} =~ s/"quantity":2/"quantity":1/ }],
    ['another pad in the topic', '1 payload',
        sub { $_->{topic}[5]{payload} =~ s/xxx/xx/ }],
    ['another key in the topic', '1 payload', sub { $_->{topic}[2]{key} = 'x' }],
    ['a copy that differs', '1 once',
        sub { $_->{topic}[6] = { %{ $_->{topic}[6] }, payload => '{}' } }],
    ['a key with two orders', '1 books once',
        sub {
            push @{ $_->{topic} }, order('123-' . '7' x 26, 7, 1, 'u-2',
                '[{"sku":"A","quantity":3}]');
        }],
    ['a repetition that is told of another order', '1 once',
        sub { ${ ended($_, 2) } =~ s/$IDS[2]/$IDS[4]/ }],
    ['a refused order in the topic', '1 books refused stock',
        sub {
            push @{ $_->{topic} }, order('123-' . '7' x 26, 7, 4, 'u-3',
                '[{"sku":"A","quantity":99}]');
        }],
    ['a repetition that is refused', '1 replayed',
        sub { ${ ended($_, 2) } =~ s/202 .*/409 sold-out none - -1 0/ }],
    ['more sold than there is', '1 books stock',
        sub {
            $_->{history}[8] =~ s/A:1,B:1/A:1,B:11/;
            $_->{topic}[5]{payload} =~ s/("B","quantity":)1/${1}11/;
        }],
    ['two events at a version', '1 stock',
        sub { $_->{topic}[3] = { %{ $_->{topic}[3] }, headers =>
            [map { s/^291=4/291=3/r } @{ $_->{topic}[3]{headers} }] };
            pop @{ $_->{topic} } }],
    ['a unit is missing in Redis', '1 books', sub { $_->{slot}{'available|A'}-- }],
    ['units are held', '1 books', sub { $_->{slot}{'held|A'} = 1 }],
    ['a total that was never set', '1 books',
        sub { my $slot = $_->{slot}; $slot->{"$_|A"}++ for qw(total available) }],
    ['a version that no event has', '1 books', sub { $_->{slot}{v}++ }],
    ['a closed slot', '1 books', sub { $_->{slot}{c} = 'regressed 6' }],
    ['a buyer who is thought to have more', '1 books',
        sub { $_->{bought}{'u-2'} = "4 1 $IDS[2]" }],
    ['an order that Redis does not have', '1 books', sub { delete $_->{orders}{ $IDS[1] } }],
    ['an order that the topic does not have', '1 books',
        sub { $_->{orders}{ '123-' . '7' x 26 } = $_->{orders}{ $IDS[1] } }],
    ['what stays due', '1 due', sub { $_->{due}{"$IDS[2].1"} = 1 }],
    ['what is late', '1 due', sub { $_->{windows}[0]{late} = ["$IDS[2].1"] }],
    ['an attempt without an end', '1 answered', sub { splice @{ $_->{history} }, 13, 1 }],
    ['an answer that is late', '1 answered', sub { ${ ended($_, 0) } =~ s/ 500000 / 7000000 / }],
    ['an answer that is none', '1 answered', sub { ${ ended($_, 6) } =~ s/closed/garbled/ }],
    ['an error of nginx itself', '1 answered', sub { ${ ended($_, 6) } =~ s/closed/500/ }],
    ['nothing is sold after a window', '1 open', sub { $_->{windows}[0]{open} = '' }],
    ['a nemesis without an effect', '2 effect', sub { $_->{windows}[0]{evidence} = [''] }],
) {
    my ($name, $want, $doctor) = @$_;
    my $run = good();
    $doctor->() for $run;
    is(broken($run), $want, $name);
}

# What a nemesis is allowed: nobody else is.

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

# What a loss leaves, once its slot was opened again.

$run = good();
$run->{slot}{v} = $run->{slot}{f} = 1048582;
splice @{ $run->{history} }, 2, 4;
$run->{topic} = [grep { $_->{key} ne $IDS[2] } @{ $run->{topic} }];
delete @{ $run->{orders} }{ @IDS[2, 3] };
delete $run->{bought}{'u-2'};
$run->{slot}{'available|A'} += 3;
is(broken($run), 0, 'an opened slot may miss versions, and records of changes');

$run->{slot}{v} = 5;
is(broken($run), '1 books', 'but has a version above all');

done_testing();
