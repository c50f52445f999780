# Many reloads under load leave nothing behind: after the first twenty the master
# and the workers keep their memory, descriptors and threads, the servers their
# connections; and no order is lost by them.
#
# RELOADS= says how many, SEED= and RATE= as in torture.t.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use List::Util qw(max min sum0);
use Test::More;
use Time::HiRes qw(sleep);
use Trade;
use Trade::History::Check qw(check figures invariants);
use Trade::History;
use Trade::Process qw(slurp wait_for);
use Trade::Torture;

my $RELOADS = $ENV{RELOADS} // 200;
my $FIRST = 20;
my $KIB = 1024;         # by which memory may differ, of a process

my $seed = $ENV{SEED} // 1;
my $t = Trade->new;
my $w = Trade::Torture->new(test => $t, seed => $seed, orders => 100,
    skus => 50, workers => 2, rate => $ENV{RATE} // 300);
note "seed $seed, ", $t->dir;
my $n = $w->{nginx};

my (@sizes, @slow);
for my $reload (1 .. $RELOADS) {
    my @old = $n->workers;
    $n->signal('HUP');
    my $replaced = wait_for(sub {
        my %now = map { $_ => 1 } $n->workers;
        2 == keys %now && !grep { $now{$_} } @old;
    }, 20);
    push @slow, $reload unless $replaced && $w->goes_on;
    next if $reload % 10;
    my $size = size($sizes[0]);
    push @sizes, $size if $reload >= $FIRST;
    note "$reload reloads: ", join ', ', map { "$_ $size->{$_}" } sort keys %$size;
}
is("@slow", '', 'after each others work and sell');

my ($first, @rest) = @sizes;
for my $what (sort keys %$first) {
    cmp_ok(max(map { $_->{$what} } @rest), '<=', $first->{$what} + slack($what),
        "$what: no more than after $FIRST");
}

$w->finish;
my $run = Trade::History::read_run($t->dir);
my %found = check($run);
note sprintf '%-30s %s', @$_ for figures($run);
for my $name (invariants()) {
    my @found = @{ $found{$name} };
    is(scalar @found, 0, $name) or diag map { "$_\n" } splice @found, 0, 20;
}
is(join("\n", $n->alerts), '', 'no alert and no sanitizer report');
undef $w;
done_testing();

# What nginx has while nothing is under way: the least of several looks, for
# librdkafka's threads open files for a moment.  It looks again, for a while, if
# there is more than there was first.
sub size {
    my ($first) = @_;
    $w->{load}->signal('STOP');
    wait_for(sub { !$w->status('in_flight') }, 10) or die "not at rest\n";
    my (%least, $looks);
    wait_for(sub {
        my $look = look();
        $least{$_} = min($look->{$_}, $least{$_} // ()) for keys %$look;
        return ++$looks >= 5
            && !grep { $first && $least{$_} > $first->{$_} + slack($_) } keys %least;
    }, 5, 0.1);
    $w->{load}->signal('CONT');
    return \%least;
}

sub slack { my ($what) = @_; return $what =~ /KiB/ ? $KIB : 0 }

# The workers' sockets, but those to their buyers, are counted where they lead.
sub look {
    my ($pid, @workers) = ($n->pid, $n->workers);
    return {
        'master KiB' => rss($pid), 'workers KiB' => max(map { rss($_) } @workers),
        'master descriptors' => count($pid, 'fd'),
        'master threads' => count($pid, 'task'),
        'workers files' => sum0(map { files($_) } @workers),
        'workers threads' => sum0(map { count($_, 'task') } @workers),
        map { ("connections to $_" => $w->{proxies}{$_}->connections) } qw(a b kafka),
    };
}

sub files {
    return scalar grep { !/^socket/ } map { readlink // 'socket' } glob "/proc/$_[0]/fd/*";
}
sub rss { my ($pid) = @_; return slurp("/proc/$pid/status") =~ /^VmRSS:\s+(\d+)/m ? $1 : 0 }
sub count { my ($pid, $what) = @_; return scalar(() = glob "/proc/$pid/$what/*") }
