# An event that a dead worker, an outage or another host has left due is
# published, byte for byte the same, and acked: soon after a death, else when
# its lease is over.  The backlog is bounded, and a closed slot left alone.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Compress::Raw::Zlib qw(crc32);
use Test::More;
use Time::HiRes qw(time);
use Trade;
use Trade::Load qw(load order);
use Trade::Process qw(freeze spew wait_for);

my $t = Trade->new;
my ($a, $b) = map { $t->redis($_) } qw(a b);
my $kafka = $t->kafka(own => 1);

my $conf = <<'EOF';
%%GLOBALS%%
worker_processes 2;
events { worker_connections 512; }
http {
    %%GLOBALS_HTTP%%
    trade_zone main:16m;
    trade_timeout %%TIMEOUT%%;
    trade_lease %%LEASE%%;
    trade_pending max=%%MAX%%;

    trade_redis stock {
        server %%A%% name=a;
        server %%B%% name=b;
    }
    trade_kafka orders {
        brokers %%KAFKA%%;
        topic %%TOPIC%%;
        outage 1h;                  # orders wait for Kafka, whatever it does
        property message.timeout.ms %%MESSAGE%%;
        property reconnect.backoff.max.ms 200;
    }

    server {
        listen 127.0.0.1:%%PORT%%;
        location /v1/orders { trade_orders stock orders; }
        location /v1/stock { trade_stock stock orders; }
        location /trade { trade_status; }
    }
}
EOF

my %at = (A => $a->address, B => $b->address, KAFKA => $kafka->address);

# A lease that lasts longer than this test; later those that are soon over.
my $patient = $t->nginx($conf, %at, LEASE => '300s', TIMEOUT => '4s', MESSAGE => 60000, MAX => 100000)->start;

sub slot_of { return crc32($_[0]) % 4096 }
sub key_of { my ($sku, $kind) = @_; return 'trade:{s' . slot_of($sku) . "}:$kind" }
sub shard_of { return (grep { $_->cmd('EXISTS', key_of($_[0], 'slot')) } $a, $b)[0] }

# Events that are due, in all slots.
sub due {
    my $n = 0;
    for my $r ($a, $b) {
        $n += $r->cmd('ZCARD', $_) for @{ $r->cmd('KEYS', 'trade:*:due') };
    }
    return $n;
}

my @skus = map { "W-$_" } 1 .. 40;
ok(wait_for(sub { !grep { $patient->put_stock($_, total => 1000)->{status} != 200 } @skus }, 20),
    'stock is set');
ok(wait_for(sub { due() == 0 }, 10), 'no event is due');
my ($expected, $buyers) = (0, 0);

# Accepted orders, that Kafka has not.
sub accepted {
    my ($n, $orders, $name) = @_;
    my @r = load($n, 64, map { order([$skus[$_ % @skus] => 1], 'u-' . ++$buyers, "k-$buyers") }
        1 .. $orders);
    is(scalar(grep { $_->{status} == 202 } @r), $orders, "$name: orders are accepted");
    $expected += $orders;
    return @r;
}

sub kill_workers {
    my ($n, @pids) = @_;
    $n->kill_worker($_) for @pids;
    ok(wait_for(sub { my %w = map { $_ => 1 } $n->workers; 2 == keys %w && !grep { $w{$_} } @pids },
        10), 'killed workers are replaced');
}

# workers die with orders that Kafka has not answered for

$kafka->signal('STOP');
accepted($patient, 60, 'death');
my @dead = $patient->workers;
my $died = time;
kill_workers($patient, @dead);
$kafka->signal('CONT');
ok(wait_for(sub { due() == 0 }, 20), 'the events of dead workers are published and acked');
my $took = time - $died;
note sprintf '%.2f s after their death', $took;
cmp_ok($took, '<', 150, 'the orders of dead workers are published long before the lease is over');
cmp_ok($patient->status->{swept}, '>=', 60, 'the sweeper has published the orders of dead workers');
my ($r) = load($patient, 1, order([$skus[0] => 1], 'u-after', 'k-after'));
is($r->{status}, 201, 'orders are placed as ever');
$expected++;

# one of two dies: the other one sweeps, or the new one

for (1 .. 2) {
    $kafka->signal('STOP');
    accepted($patient, 20, 'one');
    my $sweeper = $patient->status->{sweeper};
    my ($victim) = $_ == 1 ? $sweeper : grep { $_ != $sweeper } $patient->workers;
    kill_workers($patient, $victim);
    $kafka->signal('CONT');
    ok(wait_for(sub { due() == 0 }, 20), 'nothing is left of ' . ($_ == 1 ? 'the sweeper' : 'another'));
}

# an outage longer than message.timeout.ms, two hosts: the backlog is counted and
# bounded

$patient->stop('QUIT', 20);
my %short = (LEASE => '12s', TIMEOUT => '20s', MESSAGE => 1000);    # Redis has 9 s to answer
my $hasty = $t->nginx($conf, %at, %short, MAX => 200)->start;
my $twin = $t->nginx($conf, %at, %short, MAX => 100000)->start;

$kafka->signal('STOP');
accepted($hasty, 150, 'outage');
ok(wait_for(sub { my $s = $hasty->status; !$s->{in_flight} && $s->{pending} == 150 }, 10),
    'all are given up, and pending') or diag explain $hasty->status;
is($hasty->status->{not_acked}, 150, 'the orders that were given up are counted as not acknowledged');
my @more = load($hasty, 16, map { order([$skus[$_ % @skus] => 1], "v-$_", "vk-$_") } 1 .. 100);
my $in = grep { $_->{status} == 202 } @more;
my @full = grep { $_->{status} == 503 } @more;
$expected += $in;
cmp_ok($in, '>=', 45, 'orders are accepted up to the bound');
cmp_ok($in, '<', 50 + 2 * 16, 'no more orders above the bound are accepted than are sent at once');
is($in + @full, 100, 'the other orders are refused');
is_deeply([grep { $_->{json}{type} !~ /backlog-full/ || $_->{json}{outcome} ne 'none' } @full], [],
    'the refused orders left no trace');
sub sweeping { return $hasty->status->{sweeping} + $twin->status->{sweeping} }
ok(wait_for(sub { sweeping() > 4 }, 10), 'the events are tried when the lease is over');
ok(wait_for(sub { my $n = sweeping(); $n && $n <= 4 }, 10), 'one event is tried now and then');
ok(wait_for(sub { $hasty->status->{pending} == 150 + $in }, 10), 'the events are pending');

$kafka->signal('CONT');
ok(wait_for(sub { due() == 0 }, 40), 'all events are published when the broker is back');
ok(wait_for(sub { !$hasty->status->{pending} }, 5), 'no order is pending');
($r) = load($hasty, 1, order([$skus[2] => 1], 'w-1', 'wk-1'));
is($r->{status}, 201, 'orders are placed when the broker is back');
$expected++;

# the sweeper is stopped: another worker takes over

my $stopped = $hasty->status->{sweeper};
freeze($stopped);
my ($other) = grep { $_ != $stopped } $hasty->workers;
$hasty->{http}->timeout(1);         # the kernel may give them to the stopped one
ok(wait_for(sub { ($hasty->get('/trade')->{json}{sweeper} // 0) == $other }, 10),
    'another process sweeps when the sweeper is stopped');
kill 'CONT', $stopped;

# a copy of an event equals the first one

my ($first) = $kafka->orders($t->topic);
my $id = $first->{headers}{ce_subject};
my $sku = $first->{value}{items}[0]{sku};
shard_of($sku)->cmd('ZADD', key_of($sku, 'due'), 0, "$id.1");
ok(wait_for(sub { !defined shard_of($sku)->cmd('ZSCORE', key_of($sku, 'due'), "$id.1") }, 10),
    'an order that is due again is published again');
my @copies = grep { $_->{headers}{ce_subject} eq $id } $kafka->orders($t->topic);
cmp_ok(scalar @copies, '>=', 2, 'the topic has copies of the order');
is_deeply([map { [@$_{qw(key payload headers partition)}] } @copies],
    [([@{ $copies[0] }{qw(key payload headers partition)}]) x @copies], 'the copies are equal byte for byte');

# a closed slot is left alone, and shown

my $slot = slot_of($sku);
shard_of($sku)->cmd('HSET', key_of($sku, 'slot'), 'c', 'by hand');
shard_of($sku)->cmd('ZADD', key_of($sku, 'due'), 0, "$id.1");
sub closed { return map { @{ $_->{closed} } } @{ $_[0]->status->{shards} } }
ok(wait_for(sub { grep { $_ == $slot } closed($twin) }, 5), 'a slot that is closed is shown');
is(shard_of($sku)->cmd('ZSCORE', key_of($sku, 'due'), "$id.1"), 0, 'the due events of a closed slot stay');
shard_of($sku)->cmd('HDEL', key_of($sku, 'slot'), 'c');
ok(wait_for(sub { due() == 0 }, 10), 'the due event is published when the slot is open again');
ok(wait_for(sub { !closed($twin) && !closed($hasty) }, 5), 'an open slot is not shown as closed');

# a record that is due and gone is a loss

my $gone = sprintf '%03x-%s', $slot, '0' x 26;
shard_of($sku)->cmd('ZADD', key_of($sku, 'due'), 0, "$gone.1");
ok(wait_for(sub { (shard_of($sku)->cmd('HGET', key_of($sku, 'slot'), 'c') // '') eq "lost $gone.1" },
    10), 'a record that is gone while it is due closes its slot');
ok(wait_for(sub { ($twin->error_log . $hasty->error_log) =~ /\[crit\].*slot $slot of shard/ }, 5),
    'the log says so');
my $shards = $t->dir . '/shards.conf';
spew($shards, 'server ' . $a->address . " name=a;\nserver " . $b->address . " name=b;\n");
like(qx($ENV{TRADE_OUT}/tradectl -c $shards open $slot 2>&1), qr/OPENED/, 'tradectl opens the slot');
ok(wait_for(sub { due() == 0 }, 10), 'without what can no longer be published');

# all of it is in the topic, once after all copies are taken for one

my %topic;
$topic{"$_->{headers}{ce_id}"}++ for $kafka->orders($t->topic);
is(scalar(keys %topic), $expected, 'every accepted order is in the topic');
my $sold = 0;
$sold += $twin->stock($_)->{sold} for @skus;
is($sold, $expected, 'the accepted orders are sold');

$t->done;
