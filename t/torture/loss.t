# Writes that were acknowledged are lost under load: by FLUSHALL, by an older
# snapshot, with a master whose replica had not heard of them, with the topic.
# Each slot that has lost some is noticed, closed and sells nothing, and the
# others sell on; the topic has what was answered 201; and `tradectl reconcile`
# makes Redis what the topic says, and lists the rest.
#
# SEED= as in torture.t; LOSSES= for some of them, by name; CARTS= of 100 orders.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Compress::Raw::Zlib qw(crc32);
use Test::More;
use Time::HiRes qw(time);
use Trade;
use Trade::History::Check qw(check figures);
use Trade::Ctl;
use Trade::History;
use Trade::Nemesis qw(loss losses);
use Trade::Process qw(slurp spew wait_for);
use Trade::Torture;

my $seed = $ENV{SEED} // 1;
my $AFTER = 4;          # seconds of orders that meet the loss

for my $name ($ENV{LOSSES} ? split(/[ ,]+/, $ENV{LOSSES}) : losses()) {
    subtest $name => sub { lose($name) };
}
done_testing();

sub lose {
    my ($name) = @_;
    my $t = Trade->new;
    my $w = Trade::Torture->new(test => $t, seed => $seed, orders => 4000,
        skus => 60, workers => 2, rate => 400, carts => $ENV{CARTS} // 20);
    note "seed $seed, ", $t->dir;

    loss($name)->($w);
    my $since = time;
    my $mark = $w->mark;
    $w->wait_seconds($AFTER);
    ok($w->goes_on, 'it sells on') if $name ne 'loss-topic';
    my $refused = $w->since($mark, 'slot-closed');
    $w->wait_load;
    $w->dump;

    my $run = Trade::History::read_run($t->dir);
    my %found = check($run);
    note sprintf '%-30s %s', @$_ for figures($run);
    is("@{ $found{$_} }", '', $_) for qw(once payload refused answered);

    my ($lost, @wrong) = ({});
    if ($name eq 'loss-topic') {
        $lost = topic_lost($run);
    } else {
        $lost = redis_lost($run);
        cmp_ok($refused, '>', 0, 'buyers are told');
        is(join("\n", unnoticed($w, $run, $lost)), '', 'each slot that lost some is closed');
        is(join("\n", sold($run, $lost, $since)), '', 'and sells nothing');
        is(join("\n", grep { !/answered 202/ || !/^(\w{3})/ || !$lost->{ hex $1 } }
            @{ $found{published} }), '', 'an order that was answered 201 is in the topic');
    }
    cmp_ok(scalar keys %$lost, '>', 0, scalar(keys %$lost) . ' slots have lost some')
        or diag 'void: the loss had no effect';

    my $listed = reconcile($t, $w, $name);
    cmp_ok($listed, '>', 0, 'some are listed') if $name eq 'loss-unpublished';
    $w->{nginx}->stop('QUIT', 30);
    my @alerts = grep { !/exited on signal 9/ } $w->{nginx}->alerts;
    is("@alerts", '', 'no alert and no sanitizer report');
}

# Slots of which a buyer, or the topic, knows what Redis does not: slot => ids.
sub redis_lost {
    my ($run) = @_;
    my %known = map { $_->{id} => 1 } values %{ $run->{events} },
        grep { ($_->{how} // '') =~ /^20/ } @{ $run->{attempts} };
    return by_slot(grep { !$run->{redis}{orders}{$_} } keys %known);
}

# The same of what the topic does not know.
sub topic_lost {
    my ($run) = @_;
    return by_slot(grep { !$run->{events}{"$_.1"} } keys %{ $run->{redis}{orders} });
}

sub by_slot {
    my %slots;
    push @{ $slots{ hex substr $_, 0, 3 } }, $_ for @_;
    return \%slots;
}

sub unnoticed {
    my ($w, $run, $lost) = @_;
    my $log = $w->{nginx}->error_log;
    my @wrong;
    for my $slot (sort keys %$lost) {
        my $reason = $run->{redis}{slots}{$slot}{c} // 'open';
        push @wrong, "slot $slot is $reason" unless $reason =~ /^regressed/;
        push @wrong, "slot $slot: no alarm"
            unless $log =~ /\[crit\] .* slot $slot of shard "a" has lost ack/;
    }
    return @wrong;
}

# Orders made in these slots after the loss.
sub sold {
    my ($run, $lost, $since) = @_;
    return map { "$_->{id} was answered $_->{how} " . ($_->{begun} - $since) . ' s later' }
        grep { $_->{intent} && $_->{begun} > $since && ($_->{how} // '') =~ /^20[12]/ && !$_->{replayed}
            && $lost->{ hex substr $_->{id}, 0, 3 } } @{ $run->{attempts} };
}

# Redis is made what the topic says, and the topic what Redis says; what neither
# has is listed, and slots of which the topic has nothing left stay closed, and
# are asked in vain for what they hold of orders whose home is another.  What
# a topic had lost lies behind what came later; a payment or a cancellation that
# was answered 202 and lost is not listed.  Slots need not remember the orders
# that have ended, whose items lay in several.  How many orders are listed.
sub reconcile {
    my ($t, $w, $lost) = @_;
    my $ctl = Trade::Ctl->new(dir => $t->dir, shards => $w->{shards},
        kafka => $w->{kafka}, topic => $t->topic);
    my ($code, $said) = $ctl->reconcile('-l', "$w->{nginx}{dir}/trade.log", 'all');
    my @closed = $said =~ /^slot (\d+): stays closed/mg;
    cmp_ok($code, '<=', @closed ? 2 : 1, 'tradectl reconciles') or diag $said;
    note 'it has left closed: ', "@closed" || 'none';

    $w->wait_idle;
    $w->dump;
    my $run = Trade::History::read_run($t->dir);
    my %found = check($run);
    my %closed = map { $_ => 1 } @closed;
    my $beside = join '|', map({ (sprintf('%03x-', $_), "slot $_\\b", "\\S+\\.$_ is asked for") } @closed),
        map { quotemeta("$_:") } grep { $closed{ crc32($_) % 4096 } }
        map { Trade::Torture::sku($_) } 1 .. $w->{skus};
    my @listed = grep { /^(\S+), answered 202/ && $said =~ /$1/ } @{ $found{published} };

    # nginx logs an answer once it is sent, and each worker that is killed may
    # have sent one
    my $log = slurp("$w->{nginx}{dir}/trade.log");
    my @unlogged = grep { /^(\S+), answered 202/ && index($log, $1) < 0 } @{ $found{published} };
    if ($lost eq 'loss-unpublished' && @unlogged <= $w->{workers}) {
        note "killed before they were logged: @unlogged";
        push @listed, @unlogged;
    }
    my %listed = map { $_ => 1 } @listed;
    my @actions = map { /^(\S+), answered 202 to / ? $1 : () } @{ $found{published} };
    for my $name (sort keys %found) {
        my @found = grep { !$listed{$_} && (!@closed || !/^(?:$beside)/)
            && ($lost ne 'loss-topic' || !/ lies before /)
            && ($name ne 'whole' || !/ is (?:absent|FREED 0) in slot \d+, not FREED/)
            && ($name !~ /^(?:published|replayed)$/ || !of_action($_, @actions)) } @{ $found{$name} };
        is(join("\n", @found), '', "$name, after that");
    }
    is(($ctl->compare('all'))[0], @closed ? 1 : 0, 'tradectl finds no other difference');
    return scalar @listed;
}

# Whether it is said of an action that was answered 202, and lost, or of one that
# was refused for it.
sub of_action {
    my ($found, @ids) = @_;
    return $found =~ /answered 202 to |was done, then/ && grep { $found =~ /\Q$_/ } @ids;
}
