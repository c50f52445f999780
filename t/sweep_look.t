# A look at what is due asks Redis for some slots at a time, so that orders need
# not wait until all slots have been looked at.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Trade;
use Trade::Proxy;
use Trade::Process qw(wait_for);

my $t = Trade->new;
my $redis = $t->redis('a');
my $proxy = Trade::Proxy->new(to => $redis->address);

my $n = $t->nginx(<<'EOF', A => $proxy->address, KAFKA => $t->kafka->address)->start;
%%GLOBALS%%
worker_processes 1;
events { worker_connections 512; }
http {
    %%GLOBALS_HTTP%%
    trade_zone main:16m;
    trade_redis stock { server %%A%% name=a; }
    trade_kafka orders { brokers %%KAFKA%%; topic %%TOPIC%%; }
    server {
        listen 127.0.0.1:%%PORT%%;
        location /v1/orders { trade_orders stock orders; }
        location /v1/stock { trade_stock stock orders; }
        location /trade { trade_status; }
    }
}
EOF

# Only looks call ZRANGE here: at least once for each of the 4096 slots.
sub looks {
    return $redis->cmd('INFO', 'commandstats') =~ /cmdstat_zrange:calls=(\d+)/ ? $1 / 4096 : 0;
}

# A connection is cut if two calls of a look come by at once; the proxy remembers
# the end of the call before, which is shorter than that.
my $slots = qr/:due\r\n\$\d+\r\ntrade:\{s\d+\}:due\r\n/;
$proxy->cut_at(request => qr/$slots.{400,}EVALSHA\r\n.*$slots/s, 5);
my $before = looks();
ok(wait_for(sub { looks() > $before + 6 }, 60), 'the sweeper looks at all slots, again and again');
is($proxy->cuts, 0, 'no two calls of a look are under way at once');

my $sku = 'a-unit';
$n->put_stock($sku, total => 1);
is($n->order([$sku => 1], 'u-1')->{status}, 201, 'orders go on meanwhile');

$t->done;
