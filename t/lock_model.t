# The scripts of a lock against a model of its rules: random calls of requests of
# three workers, one of which nobody listens at, while holders lapse, turns and
# leases end, the first of the queue has waited for long, and keys are deleted.
# Each call answers and tells what the model says, no two owners hold the lock at
# once, and tokens grow.
#
# SEED=, and CALLS= of each of ROUNDS= locks.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use IO::Select;
use Test::More;
use Trade;

my $SEED = $ENV{SEED} // 1;
my $ROUNDS = $ENV{ROUNDS} // 20;
my $CALLS = $ENV{CALLS} // 150;
my $TTL = 60000;            # ms: nothing ends by itself
my $TURN = 30000;
my $LEASE = 60000;

my $t = Trade->new;
my $redis = $t->redis('a');
my %sha = map { $_ => $redis->script("lock_$_") } qw(take renew release);
my $listener = Trade::Redis::client($redis->{port});
$listener->cmd('SUBSCRIBE', 'trade:lock:a', 'trade:lock:b');
Trade::Redis::_read($listener->{sock});
my %listens = (a => 1, b => 1);
my @requests = map { my $w = $_; map { "$w.$_" } 1 .. 5 } qw(a b c);

# The model: of one lock, and what is known of its calls.
my ($name, %key, %lock, %held, $last_token, @calls);

srand $SEED;
my ($calls, $exclusive, $wrong, %seen) = (0, 1);
ROUND: for my $round (1 .. $ROUNDS) {
    begin($round);
    for (1 .. $CALLS) {
        my ($got, $want) = step();
        $calls++;
        $seen{ $1 }++ if $got =~ /^(\w+)/;
        $wrong = join "\n", @calls[-($#calls > 15 ? 15 : $#calls) .. -1], "got:  $got", "want: $want"
            if $got ne $want;
        my %owners = map { owner($_) => 1 } keys %held;
        $exclusive = 0 if keys %owners > 1;
        last ROUND if $wrong || !$exclusive;
    }
}
is($wrong, undef, "$calls calls answer what the model says (SEED=$SEED)");
ok($exclusive, 'no two owners hold a lock at once');
is(join(' ', sort keys %seen), 'BUSY FULL GONE LOST QUEUED RELEASED RENEWED TAKEN nothing',
    'every answer was given');

$t->done;

# Another lock, of which there is nothing.
sub begin {
    my ($round) = @_;
    $name = "n$round";
    %key = map { $_ => "trade:{s1}:$_:$name" } qw(lock queue holders);
    $redis->cmd('DEL', map { "trade:{s1}:late:$_" } @requests);
    %lock = (holders => {}, queue => [], leases => {}, late => {}, old => {});
    %held = ();
    $last_token = 0;
    @calls = '';
}

# The first three of a worker have an owner each, the others one together.
sub owner { my ($id) = @_; return $id =~ /[45]$/ ? '=us' : $id }
sub worker { return substr $_[0], 0, 1 }
sub pick { return $_[rand @_] }

# Something happens: the reply, the message, and what the model says.
sub step {
    my $id = pick(@requests);
    my $dice = rand 100;
    if ($dice < 50) {
        my ($waits, $max) = (pick(0, 1, 1), pick(0, 0, 3));
        push @calls, "take $id waits=$waits max=$max";
        return same(take($id, $waits, $max), call('take', [@key{qw(lock queue holders)},
            'trade:{s1}:fence', "trade:{s1}:late:$id"], $id, owner($id), $TTL,
            $waits ? $LEASE : 0, $max, $TURN));
    }
    if ($dice < 80) {
        my ($holder) = keys %held;
        $id = $holder if $holder && rand() < 0.7;
        my $late = rand() < 0.1 ? 1 : 0;
        push @calls, "release $id late=$late";
        return same(release($id, $late), call('release', [@key{qw(lock queue holders)},
            "trade:{s1}:late:$id"], $id, $TURN, $late ? 60000 : 0));
    }
    if ($dice < 88) {
        my $token = pick($last_token, $last_token, 1);
        push @calls, "renew $id $token";
        return same([renew($id, $token)], call('renew', [@key{qw(lock holders)}], $id, $TTL, $token));
    }
    befalls($dice);
    return ('nothing', 'nothing');
}

sub call {
    my ($script, $keys, @args) = @_;
    return scalar $redis->cmd('EVALSHA', $sha{$script}, scalar @$keys, @$keys, @args);
}

# The reply and the message, beside those of the model.  Times are not compared,
# and a new token must only be higher.
sub same {
    my ($want, $got) = @_;
    my ($answer, $told) = @$want;
    $got =~ s/^(QUEUED \d) \d+$/$1/;
    my ($token) = $got =~ /^TAKEN \d (\d+)$/;
    if ($token && $answer =~ /new$/) {
        $answer =~ s/new$/$token/ if $token > $last_token;
        $lock{token} = $last_token = $token;
    }
    my $heard = told($told ? 10 : 0);
    return ("$got, told " . ($heard // 'nobody'), "$answer, told " . ($told // 'nobody'));
}

sub told {
    my ($seconds) = @_;
    return IO::Select->new($listener->{sock})->can_read($seconds)
        ? Trade::Redis::_read($listener->{sock})->[2] : undef;
}

# Events that happen beside calls.
sub befalls {
    my ($dice) = @_;
    my $holders = $lock{holders};
    if ($dice < 91) {
        my $id = pick(sort keys %$holders) // return;
        push @calls, "$id lapses";
        $redis->cmd('ZADD', $key{holders}, 1, $id);
        $holders->{$id} = 0;
        delete $held{$id};
    } elsif ($dice < 94) {
        my $worker = pick(qw(a b c));
        push @calls, "the lease of $worker ends";
        $redis->cmd('DEL', "trade:{s1}:lease:$worker:$name");
        delete $lock{leases}{$worker};
    } elsif ($dice < 96) {
        my $first = $lock{queue}[0] // return;
        push @calls, "$first has waited for long";
        $redis->cmd('ZADD', $key{queue}, 1, $first);
        $lock{old}{$first} = 1;
    } elsif ($dice < 98) {
        return unless $lock{turn};
        push @calls, 'the turn ends';
        $redis->cmd('HSET', $key{lock}, 't', 1);
        $lock{turn} = 'over';
    } else {
        push @calls, 'the lock is deleted';
        $redis->cmd('DEL', $key{lock});
        delete @lock{qw(token owner turn)};
        %held = ();
    }
}

# The rules.  Each returns what is answered, and who is told.

sub take {
    my ($id, $waits, $max) = @_;
    my $dead = {};
    return ['GONE'] if $lock{late}{$id};
    my ($mine, $told, $new) = (is_held() && $lock{owner} eq owner($id));
    if ($mine && !$lock{holders}{$id}) {
        my $first = first($dead) // $id;
        $mine = $first eq $id || !$lock{old}{$first};
        delete $lock{holders}{$_}
            for grep { $mine && !$lock{holders}{$_} } keys %{ $lock{holders} };
    }
    if (!is_held()) {
        my $next = first($dead);
        if ($next && $next ne $id && ($lock{turn} // '') ne 'runs') {
            leave($next) if $lock{turn};
            ($next, $told) = pass_on($dead, $id);
        }
        if (!$next || $next eq $id) {
            $mine = $new = 1;
            $lock{holders} = {};
            $lock{owner} = owner($id);
            $lock{token} = 'new';
            delete $lock{turn};
        }
    }
    if ($mine) {
        $lock{holders}{$id} = $held{$id} = 1;
        my $place = leave($id);
        $lock{leases}{ worker($id) } = 1 if $place && $waits;
        return ["TAKEN " . (1 - $place) . " $lock{token}", $told];
    }
    return ['BUSY', $told] unless $waits;
    if (grep { $_ eq $id } @{ $lock{queue} }) {
        $lock{leases}{ worker($id) } = 1;
        return ['QUEUED 0', $told];
    }
    bury($dead) if $max && @{ $lock{queue} } >= $max;
    return ['FULL', $told] if $max && @{ $lock{queue} } >= $max;
    push @{ $lock{queue} }, $id;
    $lock{leases}{ worker($id) } = 1;
    return ['QUEUED 1', $told];
}

sub release {
    my ($id, $late) = @_;
    my ($dead, $told) = ({});
    my $was = $lock{token} && $lock{holders}{$id} ? 1 : 0;
    my $had = $was || ($lock{queue}[0] // '') eq $id;
    delete $lock{holders}{$id};
    delete $held{$id};
    leave($id);
    $lock{late}{$id} = 1 if $late;
    if (!is_held()) {
        (undef, $told) = pass_on($dead) if $had || ($lock{turn} // '') ne 'runs';
        if (!first($dead)) {
            delete @lock{qw(token owner turn)};
            delete $lock{leases}{ worker($id) };
        }
    }
    return ["RELEASED $was", $told];
}

sub renew {
    my ($id, $token) = @_;
    return $lock{holders}{$id} && $token eq ($lock{token} // '') ? 'RENEWED' : 'LOST';
}

sub is_held { return $lock{token} && grep { $_ } values %{ $lock{holders} } }

# Whether it had a place.
sub leave {
    my ($id) = @_;
    my $before = @{ $lock{queue} };
    delete $lock{old}{$id};
    @{ $lock{queue} } = grep { $_ ne $id } @{ $lock{queue} };
    return $before - @{ $lock{queue} };
}

# A call asks once whether a worker has a lease.
sub lives {
    my ($dead, $id) = @_;
    $dead->{ worker($id) } //= $lock{leases}{ worker($id) } ? 0 : 1;
    return !$dead->{ worker($id) };
}

sub bury {
    my ($dead) = @_;
    my @dead = grep { !lives($dead, $_) } @{ $lock{queue} };
    leave($_) for @dead;
}

sub first {
    my ($dead) = @_;
    bury($dead) if @{ $lock{queue} } && !lives($dead, $lock{queue}[0]);
    return $lock{queue}[0];
}

sub pass_on {
    my ($dead, $asks) = @_;
    while (my $id = first($dead)) {
        return $id if $id eq ($asks // '');
        if ($listens{ worker($id) }) {
            $lock{turn} = 'runs';
            return ($id, $id);
        }
        $dead->{ worker($id) } = 1;
    }
    return;
}
