# The scripts of a lock, called as workers call them.  A call that is sent again
# changes nothing twice, late copies take nothing, turns and places end by
# themselves, an owner does not keep others out for ever, and a full Redis still
# releases and renews.  The cost of a call does not grow with the number of
# waiters.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use IO::Select;
use Test::More;
use Time::HiRes qw(sleep time);
use Trade;
use Trade::Process qw(slurp wait_for);

my $LEASE = 5000;
my $TURN = 3000;

my $t = Trade->new;
my $redis = $t->redis('a');
my %sha = map { $_ => $redis->script($_) } qw(lock_take lock_renew lock_release);
my $name = 0;
my ($lock, $queue, $holders, $fence);
another();

# A worker that listens.
my $listener = Trade::Redis::client($redis->{port});
$listener->cmd('SUBSCRIBE', 'trade:lock:v');

# taken

my $first = take('w.1');
like($first, qr/^TAKEN 1 \d{16}$/, 'a lock is taken');
is(take('w.1'), $first, 'a lock that is taken again has the same token');
is_deeply($redis->cmd('ZRANGE', $holders, 0, -1), ['w.1'], 'a lock that is taken twice is held once');
my $ttl = $redis->cmd('PTTL', $lock);
ok($ttl > 4000 && $ttl <= 5000, 'a lock is held for as long as it was asked for');
is(take('x.1'), 'BUSY', 'a held lock is not given to another request');
is(renew('w.1', 60000, token($first)), 'RENEWED', 'the holder renews its lock');
cmp_ok($redis->cmd('PTTL', $lock), '>', 50000, 'a renewed lock lives longer');
is(renew('w.1', 60000, token($first) - 1), 'LOST', 'a lock is not renewed with another token');
is(renew('x.1', 60000, token($first)), 'LOST', 'a lock is not renewed by another request');

# queued and released

like(take('v.1', wait => 1), qr/^QUEUED 1 \d+$/, 'another request waits for the lock');
like(take('v.1', wait => 1), qr/^QUEUED 0 \d+$/, 'a request that waits and asks again has the same place');
is($redis->cmd('ZCARD', $queue), 1, 'a request that asks twice has one place');
is(take('v.2', wait => 1, max => 1), 'FULL', 'no more requests may wait than the bound allows');
like(take('v.1', wait => 1, max => 1), qr/^QUEUED 0/, 'a request that waits may ask again at the bound');
is(release('w.1'), 'RELEASED 1', 'the holder releases its lock');
is(told(20), 'v.1', 'the waiter is told of the release');
is(release('w.1'), 'RELEASED 0', 'a lock that is released again is not held');
is(told(0.1), undef, 'the waiter is told once');
is(take('x.1'), 'BUSY', 'a lock is not given to another request while the waiter has its turn');
like(take('v.1', wait => 1), qr/^TAKEN/, 'the waiter takes the lock in its turn');
is(release('w.1'), 'RELEASED 0', 'a late release of the first holder finds nothing');
is(take('x.1'), 'BUSY', 'a late release of the first holder leaves the lock to the second');
is(release('v.1'), 'RELEASED 1', 'the second holder releases its lock');
is_deeply([$redis->keys('trade:{*')], [$fence], 'a released lock leaves its token only');

# late copies

another();
take('w.1');
is(release('w.1', late => 60000), 'RELEASED 1',
    'a release that knows of a question without an answer');
is(take('w.1'), 'GONE', 'a release that names the TAKE keeps a late copy of it out');
like(take('x.1'), qr/^TAKEN/, 'a release that names the TAKE leaves other requests alone');
is(take('w.1'), 'GONE', 'the late copy is still kept out');
release('x.1');
my $left = $redis->cmd('PTTL', late('w.1'));
ok($left > 50000 && $left <= 60000, 'a release that names the TAKE is remembered for a while');
another();
release('w.1', late => 100);
sleep 0.15;
like(take('w.1'), qr/^TAKEN/, 'a release that names the TAKE is not remembered for ever');

# owners

another();
$first = take('w.1', owner => '=me');
is(take('v.1', owner => '=me', wait => 1), $first, 'an owner shares lock and token');
is(take('v.2', owner => 'w.1'), 'BUSY', 'a request without the owner does not share the lock');
is(release('w.1'), 'RELEASED 1', 'one request of the owner releases the lock');
is(release('w.1'), 'RELEASED 0', 'a second release finds nothing');
is(take('v.2'), 'BUSY', 'the other request of the owner still holds the lock');
is(release('v.1'), 'RELEASED 1', 'the other request of the owner releases the lock');
cmp_ok(token(take('v.2')), '>', token($first), 'the next waiter takes the lock when the owner is done');

# in order

another();
take('w.1');
take("v.$_", wait => 1) for 1 .. 5;
release('v.2');
release('w.1');
for (1, 3, 4, 5) {
    is(told(20), "v.$_", "number $_ is told");
    like(take("v.$_", wait => 1), qr/^TAKEN/, "waiter $_ takes the lock");
    release("v.$_");
}
is(told(0.1), undef, 'no other waiter is told');

# waiters that are gone

another();
take('w.1');
take($_, wait => 1) for qw(u.1 u.2 v.1 v.2);
release('w.1');
is(told(20), 'v.1', 'a worker that does not listen is dead');
is($redis->cmd('ZCARD', $queue), 2, 'the places of a dead worker are gone');
is(release('v.1'), 'RELEASED 0', 'a waiter that leaves in its turn holds no lock');
is(told(20), 'v.2', 'a waiter that leaves in its turn passes the turn on');

another();
take('w.1');
like(take('v.1', wait => 1), qr/^QUEUED 1/, 'one request waits for a lock');
$redis->cmd('DEL', $lock);
is(renew('w.1', 5000, token($first)), 'LOST', 'a lock that is deleted is lost for its holder');
like(take('v.1', wait => 1), qr/^TAKEN 0/, 'a lock that is deleted is free for others');
is(release('w.1'), 'RELEASED 0', 'the holder of a deleted lock has nothing to release');
is(take('x.1'), 'BUSY', 'the release of the lost holder leaves the lock of another alone');
is(release('v.1'), 'RELEASED 1', 'the other one held the lock alone');
like(take('x.1'), qr/^TAKEN/, 'the lock is free when the other one has released it');

another();
take('w.1');
take($_, wait => 1) for qw(v.1 v.2);
release('w.1', turn => 50);
is(told(20), 'v.1', 'one waiter is told');
like(take('v.2', wait => 1), qr/^QUEUED 0 \d\d?$/, 'another request is not given the lock before the turn is over');
sleep 0.06;
like(take('v.2', wait => 1), qr/^TAKEN/, 'a waiter that did not take its turn has lost it');
is($redis->cmd('ZSCORE', $queue, 'v.1'), undef, 'a waiter that did not take its turn has lost its place');

another();
take('w.1', ttl => 50);
take('v.1', wait => 1);
take('v.2', wait => 1);
sleep 0.06;
like(take('v.2', wait => 1), qr/^QUEUED 0 \d+$/, 'a holder that has lapsed');
is(told(20), 'v.1', 'a request that asks finds a lapsed lock, and the first waiter is told');
is(renew('w.1', 5000, 1), 'LOST', 'a holder that asks finds that its lock has lapsed');

another();
take('w.1');
take('v.1', wait => 1, lease => 50);
sleep 0.06;
take('y.1', wait => 1, max => 1);
is_deeply($redis->cmd('ZRANGE', $queue, 0, -1), ['y.1'], 'a place lasts as long as its worker');

another();
take('w.1');
take('y.1', wait => 1);
take("z.$_", wait => 1) for 1 .. 3;
$redis->cmd('DEL', lease('z'));
like(take('y.2', wait => 1, max => 4), qr/^QUEUED 1/,
    'a place of a dead request is free for another one');
is_deeply($redis->cmd('ZRANGE', $queue, 0, -1), ['y.1', 'y.2'],
    'a dead request behind one that lives has lost its place, too');

# many at once, which takes a slow machine longer than a lease

another();
my %long = (ttl => 600_000, lease => 600_000);
take('w.1', %long);
take("u.$_", %long, wait => 1) for 1 .. 5000;
take('v.1', %long, wait => 1);
release('w.1', turn => 600_000);
is($redis->cmd('ZCARD', $queue), 4001,
    'one call takes 1,000 of 5,000 dead requests from the queue');
my $asked = 0;
$asked++ while $asked < 10 && take('v.1', wait => 1) !~ /^TAKEN/;
is($asked, 3, 'the calls of a request that lives take the others, and then the lock');
is($redis->cmd('ZCARD', $queue), 0, 'no request is in the queue then');

# an owner does not keep others out

another();
take('w.1', owner => '=me');
like(take('v.1', wait => 1, ttl => 60000), qr/^QUEUED 1/,
    'a request of another owner waits for a lock');
like(take('w.2', owner => '=me', ttl => 60000), qr/^TAKEN/,
    'a new request shares the lock of its owner while the other has waited for less than one ttl');
sleep 0.06;
is(take('w.3', owner => '=me', ttl => 50), 'BUSY',
    'a new request of the owner is refused when the other has waited for longer');
like(take('v.3', owner => '=me', ttl => 50, wait => 1), qr/^QUEUED 1/,
    'a new request of the owner waits behind the other if it may wait');
my $held = take('w.2', owner => '=me', ttl => 50);
like($held, qr/^TAKEN 1/, 'a request that holds the lock may ask for it again');
is(renew($_, 60000, token($held)), 'RENEWED', 'a request that holds the lock may renew it')
    for qw(w.1 w.2);
release('w.1');
is(told(0.1), undef, 'no waiter is told while a request of the owner holds the lock');
release('w.2');
is(told(20), 'v.1', 'the request that has waited is told when the owner is done');
like(take('v.1', wait => 1), qr/^TAKEN/, 'the request that was told takes the lock');
release('v.1');
is(told(20), 'v.3', 'the request of the owner that has waited behind it is told next');
release('v.3');

another();
take('w.1', owner => '=me', ttl => 60000);
take('z.1', wait => 1);
$redis->cmd('DEL', lease('z'));
sleep 0.06;
like(take('w.2', owner => '=me', ttl => 50), qr/^TAKEN/,
    'a request of a dead worker does not keep the owner out');

# the cost of a call

my @calls = qw(shared queued refused renewed released left passed taken);
my %few = map { $_ => costs($_, '') } @calls;
for my $what (qw(late holders waiters)) {
    # nobody is told while others hold it
    my @same = grep { $what ne 'holders' || !/passed|taken/ } @calls;
    is_deeply([map { costs($_, $what) } @same], [@few{@same}],
        "5,000 $what: each call sends the same commands as without them");
}
unlike(join(' ', map { keys %{ $_->[1] } } values %few), qr/hgetall|keys|scan|range[a-z]/,
    'no call reads a key as a whole');

# full

another();
$first = take('w.1');
take('v.1', wait => 1);
$redis->cmd('CONFIG', 'SET', 'maxmemory', 1);
like(take('x.1', wait => 1), qr/^-.*OOM|OOM/, 'a full Redis takes no more');
is(renew('w.1', 5000, token($first)), 'RENEWED', 'a lock that is held is renewed while Redis is full');
is(release('w.1'), 'RELEASED 1', 'a lock that is held is released while Redis is full');
is(told(20), 'v.1', 'the waiter is told while Redis is full');
$redis->cmd('CONFIG', 'SET', 'maxmemory', 0);
like(take('v.1', wait => 1), qr/^TAKEN/, 'the waiter takes the lock when there is room');

$t->done;

# From now on it is about another lock.
sub another {
    $name++;
    ($lock, $queue, $holders, $fence) = map { "trade:{s1}:$_" } "lock:n$name", "queue:n$name",
        "holders:n$name", 'fence';
}

sub take {
    my ($id, %o) = @_;
    return scalar(eval { $redis->cmd('EVALSHA', $sha{lock_take}, 5, $lock, $queue, $holders,
        $fence, late($id), $id, $o{owner} // $id, $o{ttl} // 5000, $o{wait} ? $o{lease} // $LEASE : 0, $o{max} // 0,
        $TURN) }) // $@;
}

sub renew {
    my ($id, $ttl, $token) = @_;
    return $redis->cmd('EVALSHA', $sha{lock_renew}, 2, $lock, $holders, $id, $ttl, $token);
}

sub release {
    my ($id, %o) = @_;
    return $redis->cmd('EVALSHA', $sha{lock_release}, 4, $lock, $queue, $holders, late($id), $id,
        $o{turn} // $TURN, $o{late} // 0);
}

sub lease { return "trade:{s1}:lease:$_[0]:n$name" }
sub late { return "trade:{s1}:late:$_[0]" }

# Returns a call's answer and the commands that it sends, with 5,000 of something.
sub costs {
    my ($call, $what) = @_;
    another();
    $redis->cmd('DEL', late('w.8'));
    my $end = (time + 60) * 1000;
    my %mine = (owner => '=me', ttl => 60000);
    my $token = token(take('w.8', %mine));
    take('w.9', %mine) if $call !~ /passed|taken/;
    take('v.1', wait => 1);
    $redis->cmd('ZADD', $holders, map { ($end, "w.1$_") } 1 .. 5000) if $what eq 'holders';
    $redis->cmd('ZADD', $queue, map { ($end * 1000, "v.1$_") } 1 .. 5000) if $what eq 'waiters';
    for ($what eq 'late' ? 1 .. 5000 : ()) {
        $redis->cmd('SET', late("w.1$_"), '', 'PX', 60000);
    }
    release('w.8'), told(20) if $call eq 'taken';
    $redis->cmd('CONFIG', 'RESETSTAT');
    my %calls = (
        shared => sub { take('w.7', %mine) },
        queued => sub { take('v.7', wait => 1, max => 9000) },
        refused => sub { take('x.1') },
        renewed => sub { renew('w.8', 60000, $token) },
        released => sub { release('w.8', late => 100) },
        left => sub { release('v.1') },
        passed => sub { release('w.8') },
        taken => sub { take('v.1', wait => 1) },
    );
    my ($answer) = $calls{$call}->() =~ /^([A-Z]+)/;
    my %sent = $redis->cmd('INFO', 'commandstats') =~ /cmdstat_(\w+):calls=(\d+)/g;
    delete @sent{qw(config evalsha info)};
    told(20) if $call eq 'passed';
    return [$answer, \%sent];
}

sub token { return (split ' ', $_[0])[-1] }

# Returns the waiter that is told within so many seconds.
sub told {
    my ($seconds) = @_;
    return IO::Select->new($listener->{sock})->can_read($seconds)
        ? Trade::Redis::_read($listener->{sock})->[2] : undef;
}
