# A worker with 1,000 orders in flight needs less than 40 MiB, and keeps nothing
# of those that it has had.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use POSIX ();
use Test::More;
use Trade;
use Trade::KafkaMock;
use Trade::Load qw(load order);
use Trade::Process qw(freeze slurp wait_for);

my ($ORDERS, $CLIENTS, $WAVES) = (1000, 4, 5);
my $LIMIT = 40 * 1024;      # KiB

# librdkafka's mock cluster: when it is stopped, nothing is acknowledged
my $mock = Trade::KafkaMock->new;

my $t = Trade->new;
my $a = $t->redis('a');
$mock->do('topic', $t->topic);

my $n = $t->nginx(<<'EOF', A => $a->address, KAFKA => $mock->address)->start;
%%GLOBALS%%
worker_processes 1;
worker_rlimit_nofile 4096;
events { worker_connections 2048; }
http {
    %%GLOBALS_HTTP%%
    trade_zone main:16m;
    trade_lease 60s;
    trade_timeout 30s;
    trade_redis stock {
        server %%A%% name=a;
    }
    trade_kafka orders {
        brokers %%KAFKA%%;
        topic %%TOPIC%%;
        outage 1h;              # orders wait, whatever Kafka does
        property message.timeout.ms 30000;
    }

    server {
        listen 127.0.0.1:%%PORT%% backlog=1024;
        location /v1/orders { trade_orders stock orders; }
        location /v1/stock { trade_stock stock orders; }
        location /trade { trade_status; }
    }
}
EOF

my ($worker) = $n->workers;
sub used { slurp("/proc/$worker/status") =~ /^$_[0]:\s+(\d+) kB/m ? $1 : die 'no worker' }

is($n->put_stock('M-1', total => 100000)->{status}, 200, 'stock is set');
note sprintf 'idle: %.1f MiB', used('VmRSS') / 1024;

my %metadata = (note => 'x' x 500, lines => [1 .. 100]);

# Many orders at once; the memory that the worker holds while none is
# acknowledged.
sub wave {
    my ($wave) = @_;
    freeze($mock->pid);
    my $each = $ORDERS / $CLIENTS;
    my @clients = map {
        my $client = $_;
        my $pid = fork // die "fork: $!\n";
        if (!$pid) {
            my @r = load($n, $each, map { order(['M-1' => 1], "u-$wave-$client-$_",
                "k-$wave-$client-$_", metadata => \%metadata) } 1 .. $each);
            my @other = grep { $_->{status} != 201 } @r;
            print "# $_->{status} $_->{body}\n" for @other;
            POSIX::_exit(@other ? 1 : 0);
        }
        $pid;
    } 1 .. $CLIENTS;
    ok(wait_for(sub { $n->status->{in_flight} == $ORDERS }, 20, 0.05),
        "wave $wave: $ORDERS orders are in flight") or diag explain $n->status;
    my $rss = used('VmRSS');
    kill 'CONT', $mock->pid;
    is(scalar(grep { waitpid($_, 0) == $_ && $? == 0 } @clients), $CLIENTS,
        "wave $wave: all are placed");
    note sprintf 'wave %d: %.1f MiB, then %.1f MiB', $wave, $rss / 1024,
        used('VmRSS') / 1024;
    return $rss;
}

my @rss = map { wave($_) } 1 .. $WAVES;

SKIP: {
    skip 'sanitizers need memory of their own', 2 if $ENV{TRADE_PRELOAD};
    cmp_ok(used('VmHWM'), '<', $LIMIT, "a worker with $ORDERS orders is small");
    cmp_ok($rss[-1] - $rss[1], '<', ($WAVES - 2) * $ORDERS, 'an order in flight takes less than a KiB');
}

$t->done;
