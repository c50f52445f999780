# A hot lock and orders beside it, on one shard: after all connections of the
# shard are killed, and after it has stood still for longer than its timeout, the
# lock is taken at full speed again within a second, and orders are as fast as
# before.  The figures are shown; to judge them the machine should be idle.  A
# failure here is off by a factor of two in speed, or of four in latency.
#
# CONNECTIONS= of the lock's clients, SECONDS= before and after each fault: if
# these are fewer than 3 nothing is judged.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use List::Util qw(max);
use Test::More;
use Time::HiRes qw(clock_gettime sleep CLOCK_MONOTONIC);
use Trade;
use Trade::Process qw(slurp spew wait_for);

my $CONNECTIONS = $ENV{CONNECTIONS} // 1000;
my $ORDERS = 8;             # clients that order
my $CALM = $ENV{SECONDS} // 4;
my $STALL = 1.3;            # s
my $SOON = 1000;            # ms until it is as fast as before
my $SLOW = 50;              # ms that 99 of 100 orders may take on an idle machine

my $t = Trade->new;
my $redis = $t->redis('a');
my $kafka = $t->kafka;
my $n = $t->nginx(<<'EOT', A => $redis->address, KAFKA => $kafka->address);
%%GLOBALS%%
worker_processes 2;
worker_rlimit_nofile 8192;
events { worker_connections 4096; }
http {
    %%GLOBALS_HTTP%%
    access_log off;
    keepalive_requests 1000000000;
    trade_zone main:16m;
    trade_timeout 2s;
    trade_lease 7s;
    trade_redis stock {
        server %%A%% name=a;
    }
    trade_kafka orders { brokers %%KAFKA%%; topic %%TOPIC%%; }
    server {
        listen 127.0.0.1:%%PORT%% backlog=4096;
        location /alone { trade_lock stock hot wait=5s; alias %%TESTDIR%%/file; }
        location /shared { trade_lock stock hot owner=all wait=5s; alias %%TESTDIR%%/file; }
        location /v1/orders { trade_orders stock orders; }
        location /v1/stock { trade_stock stock orders; }
        location /trade { trade_status; }
    }
}
EOT
spew("$n->{dir}/file", "ok\n");
$n->start;
is($n->put_stock('S', total => 100_000_000)->{status}, 200, 'there is stock');

for my $path ('/alone', '/shared') {
    my ($run, $kill, $stop, $go) = faults($path);
    my $speed = speed($run, $kill - 2000, $kill);
    my %since = ('connections were killed' => $kill, 'Redis stood still' => $go);
    diag(sprintf '%s: %d clients, %.0f locks/s', $path, $CONNECTIONS, $speed);
    for my $fault (sort keys %since) {
        my $at = $since{$fault};
        my ($well) = grep { speed($run, $at + $_, $at + $_ + 500) >= 0.8 * $speed }
            map { $_ * 50 } 0 .. 60;
        my $then = speed($run, $at + $SOON, $at + $SOON + 2000);
        diag(sprintf '  %s: full speed after %s ms, %.0f locks/s in the 2 s behind the first one',
            $fault, $well // 'more than 3000', $then);
        cmp_ok($then, '>=', $CALM < 3 ? 1 : $speed / 2,
            "$path: full speed is back a second after $fault");
    }
    my %orders = ('before' => [0, $kill], 'after the kill' => [$kill, $stop],
        'after the stall' => [$go, 1e15]);
    for my $when ('before', 'after the kill', 'after the stall') {
        my @took = orders($run, @{ $orders{$when} });
        diag(sprintf '  %d orders %s: p50 %.1f ms, p99 %.1f ms, the slowest %.1f ms', scalar @took,
            $when, map { percentile($_, @took) } 50, 99, 100);
    }
    my $p99 = percentile(99, orders($run, $kill, $stop), orders($run, $go, 1e15));
    my $most = max($SLOW, 4 * percentile(99, orders($run, 0, $kill)));
    cmp_ok($p99, '<', $CALM < 3 ? 1e9 : $most,
        "$path: outside of the stall orders are as fast as before");
}

$t->done;

# All answers of a run, and when connections were killed, Redis stopped, and went
# on, in ms.
sub faults {
    my ($path) = @_;
    my $file = "$n->{dir}/answers" . $path =~ tr{/}{-}r;
    my $seconds = 3 * $CALM + $STALL + 1;
    my $load = Trade::Process->new(log => $file, command => ["$ENV{TRADE_OUT}/t/lock_clients",
        $n->port, $seconds, $CONNECTIONS, $path, $ORDERS, 'S']);
    sleep $CALM;
    my $kill = clock_gettime(CLOCK_MONOTONIC) * 1000;
    $redis->cmd(qw(CLIENT KILL TYPE), $_) for qw(normal pubsub);
    sleep $CALM;
    my $stop = clock_gettime(CLOCK_MONOTONIC) * 1000;
    $redis->signal('STOP');
    sleep $STALL;
    my $go = clock_gettime(CLOCK_MONOTONIC) * 1000;
    $redis->signal('CONT');
    $load->wait_end($seconds + 60);
    return ([map { [split ' '] } split /\n/, slurp($file)], $kill, $stop, $go);
}

sub percentile {
    my ($of, @values) = @_;
    return (sort { $a <=> $b } @values)[$of / 100 * $#values] // 0;
}

# Locks a second that were taken between two times.
sub speed {
    my ($run, $from, $to) = @_;
    return 1000 / ($to - $from) * grep { $_->[0] eq 'L' && $_->[3] == 200
        && $_->[2] >= $from && $_->[2] < $to } @$run;
}

# How long orders took that were sent between two times, and answered by then.
sub orders {
    my ($run, $from, $to) = @_;
    return map { $_->[2] - $_->[1] } grep { $_->[0] eq 'O' && $_->[1] >= $from && $_->[2] < $to }
        @$run;
}
