# An order takes its way: stock is set, an order is placed, a consumer reads it
# from the topic, and whoever asks sees it.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Trade;

my $t = Trade->new;
my ($a, $b) = ($t->redis('a'), $t->redis('b'));
my $kafka = $t->kafka;

my $n = $t->nginx(<<'EOF', A => $a->address, B => $b->address, KAFKA => $kafka->address)->start;
%%GLOBALS%%
worker_processes 2;
events { worker_connections 512; }
http {
    %%GLOBALS_HTTP%%
    log_format trade '$status|$trade_result|$trade_order_id|$trade_sku|$trade_shard|$trade_lock_time|$trade_reserve_time|$trade_publish_time|$trade_kafka_partition|$trade_kafka_offset';
    access_log %%TESTDIR%%/trade.log trade;

    trade_zone main:16m;
    trade_redis stock {
        server %%A%% name=a weight=2;
        server %%B%% name=b;
    }
    trade_kafka orders { brokers %%KAFKA%%; topic %%TOPIC%%; source /shop; }

    server {
        listen 127.0.0.1:%%PORT%%;
        location /v1/orders { trade_orders stock orders; }
        location /v1/stock { trade_stock stock orders; }
        location /trade { trade_status; }
    }
}
EOF

my $r = $n->put_stock('A-1', total => 5, limit => 3,
    opens_at => '2020-01-01T00:00:00Z');
is($r->{status}, 200, 'stock is set');
is($r->{json}{available}, 5, 'all units of a new SKU are available');
is($r->{json}{published}, JSON::PP::true, 'the change of stock is in Kafka');

$r = $n->request('POST', '/v1/orders', {
    'Idempotency-Key' => '"first"',
    traceparent => '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    tracestate => 'vendor=a,other=b',
}, '{"items":[{"quantity":1,"sku":"A-1"},{"sku":"A-1","quantity":1}],'
    . '"metadata":{"note": "a\u00e9b", "n":1.50},"buyer_id":"u-1"}');
is($r->{status}, 201, 'an order is placed');
my $id = $r->{json}{order_id};
like($id, qr/^[0-9a-f]{3}-[0-7][0-9a-hjkmnp-tv-z]{25}$/, 'the answer to an order has its id');
is($r->{headers}{location}, "/v1/orders/$id", 'the answer to an order has its Location');
is($r->{headers}{'content-type'}, 'application/json', 'the answer to an order is JSON');
like($r->{body}, qr/"items":\[\{"sku":"A-1","quantity":2\}\]/,
    'repeated SKUs are added up');
my $created = $r->{json}{created_at};

my $g = $n->get("/v1/orders/$id");
is($g->{status}, 200, 'GET finds the order');
is($g->{body}, $r->{body}, 'GET of the order equals the answer');

my @records = $kafka->records($t->topic);
is(scalar @records, 2, 'the topic has two messages');
my ($stock) = grep { $_->{headers}{ce_type} eq 'trade.stock.set.v1' } @records;
my ($order) = grep { $_->{headers}{ce_type} eq 'trade.order.placed.v1' } @records;

is($order->{key}, $id, "the key of an order's message is its id");
is($order->{payload}, qq({"order_id":"$id","created_at":"$created",)
    . '"buyer_id":"u-1","items":[{"sku":"A-1","quantity":2}],'
    . '"metadata":{"note": "a\u00e9b", "n":1.50}}',
    'the value is the whole order, metadata as it was sent');
my %want = (ce_specversion => '1.0', ce_source => '/shop', ce_id => "$id.1",
    ce_subject => $id, ce_sequence => 1, ce_time => $created,
    'content-type' => 'application/json',
    traceparent => '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    tracestate => 'vendor=a,other=b');
is($order->{headers}{$_}, $want{$_}, "header $_") for sort keys %want;
my $slot = hex substr $id, 0, 3;
is($order->{headers}{trade_versions}, "$slot=2", 'trade_versions has the version of the slot');

is($stock->{key}, 'A-1', 'the key of a stock change is its SKU');
is($stock->{value}{total}, 5, 'the value of a stock change has the total');
is($stock->{value}{limit}, 3, 'the value of a stock change has the limit');
is($stock->{headers}{ce_subject}, 'A-1', 'the subject of a stock change is the SKU');
is($stock->{headers}{trade_versions}, "$slot=1", 'the stock change has the version before the order');

is_deeply($n->stock('A-1'), { sku => 'A-1', total => 5, available => 3,
    held => 0, sold => 2, limit => 3, opens_at => '2020-01-01T00:00:00.000Z',
    closes_at => undef, version => 2 }, 'the stock has gone down');

$r = $n->request('PATCH', '/v1/stock/A-1', { 'Idempotency-Key' => 'p1' },
    { delta => -2 });
is($r->{status}, 200, 'stock is taken away');
is($r->{json}{total}, 3, 'a PATCH that takes units away lowers the total');
$r = $n->request('PATCH', '/v1/stock/A-1', { 'Idempotency-Key' => 'p1' },
    { delta => -2 });
is($r->{headers}{'idempotent-replayed'}, 'true', 'a repeated PATCH is a replay');
is($n->stock('A-1')->{total}, 3, 'a repeated PATCH takes nothing more away');

is($a->cmd('GET', 'trade:shard') =~ /^a [0-9a-f]{32}$/, 1, 'the Redis of shard a has its identity');
is($b->cmd('GET', 'trade:shard') =~ /^b [0-9a-f]{32}$/, 1, 'the Redis of shard b has its identity');

$n->stop('QUIT');
my ($line) = grep { /\|created\|/ } split /\n/, Trade::Process::slurp("$n->{dir}/trade.log");
like($line, qr/^201\|created\|$id\|A-1\|[ab]\|-\|\d\.\d{3}\|\d\.\d{3}\|$order->{partition}\|$order->{offset}$/,
    'the access log says it all');

$t->done;
