# A Redis that may throw keys away to make room is named in the log, whenever a
# worker connects to one: at the start, and where an address leads to another
# server or the setting has changed since.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Trade;
use Trade::Process qw(wait_for);

my $t = Trade->new;
my $redis = $t->redis('a', args => [qw(--maxmemory-policy allkeys-lru)]);

my $n = $t->nginx(<<'EOF', A => $redis->address, KAFKA => $t->kafka->address)->start(up => 2);
%%GLOBALS%%
worker_processes 2;
events { worker_connections 512; }
http {
    %%GLOBALS_HTTP%%
    trade_zone main:16m;
    trade_redis stock { server %%A%% name=a; connections 2; }
    trade_kafka orders { brokers %%KAFKA%%; topic %%TOPIC%%; }
    server {
        listen 127.0.0.1:%%PORT%%;
        location /v1/orders { trade_orders stock orders; }
        location /trade { trade_status; }
    }
}
EOF

sub lines { return scalar(() = $n->error_log =~ /\[warn\] .*shard "a" may evict stock and orders/g) }

# New connections, until both workers have some and the first one was answered.
sub connect_again {
    my ($policy) = @_;
    $redis->cmd(qw(CONFIG SET maxmemory-policy), $policy);
    $redis->cmd(qw(CONFIG RESETSTAT));
    my $mine = 0;
    my $ups = $n->ups;
    $redis->cmd(qw(CLIENT KILL TYPE normal SKIPME yes));
    $n->wait_ups($ups + 2);
    ok(wait_for(sub {
        my ($calls) = $redis->cmd(qw(INFO commandstats)) =~ /cmdstat_info:calls=(\d+)/;
        return ($calls // 0) > $mine++;     # this call is counted in the next one
    }, 20),
        "$policy: a worker asks for the setting when it connects");
}

ok(wait_for(sub { lines() }, 20), 'the log warns of a policy that evicts');
connect_again('allkeys-lru');
is(lines(), 1, 'the log does not warn again of what it has said');
connect_again('noeviction');
connect_again('volatile-lru');
ok(wait_for(sub { lines() == 2 }, 20), 'the log warns again when the policy has changed');
connect_again('noeviction');
is(lines(), 2, 'the log does not warn of a policy that keeps all');

$t->done;
