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
is($r->{json}{available}, 5, 'all of it is available');
is($r->{json}{published}, JSON::PP::true, 'and the change is in Kafka');

$r = $n->request('POST', '/v1/orders', {
    'Idempotency-Key' => '"first"',
    traceparent => '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    tracestate => 'vendor=a,other=b',
}, '{"items":[{"quantity":1,"sku":"A-1"},{"sku":"A-1","quantity":1}],'
    . '"metadata":{"note": "a\u00e9b", "n":1.50},"buyer_id":"u-1"}');
is($r->{status}, 201, 'an order is placed');
my $id = $r->{json}{order_id};
like($id, qr/^[0-9a-f]{3}-[0-7][0-9a-hjkmnp-tv-z]{25}$/, 'it has an id');
is($r->{headers}{location}, "/v1/orders/$id", 'and a place');
is($r->{headers}{'content-type'}, 'application/json', 'it is JSON');
like($r->{body}, qr/"items":\[\{"sku":"A-1","quantity":2\}\]/,
    'repeated SKUs are added up');
my $created = $r->{json}{created_at};

my $g = $n->get("/v1/orders/$id");
is($g->{status}, 200, 'the order is found');
is($g->{body}, $r->{body}, 'and is what was answered');

my @records = $kafka->records($t->topic);
is(scalar @records, 2, 'two records in the topic');
my ($stock) = grep { $_->{headers}{ce_type} eq 'trade.stock.set.v1' } @records;
my ($order) = grep { $_->{headers}{ce_type} eq 'trade.order.placed.v1' } @records;

is($order->{key}, $id, 'the key is the order');
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
is($order->{headers}{trade_versions}, "$slot=2", 'the version of its slot');

is($stock->{key}, 'A-1', 'the key of a stock change is its SKU');
is($stock->{value}{total}, 5, 'its value has the total');
is($stock->{value}{limit}, 3, 'and the limit');
is($stock->{headers}{ce_subject}, 'A-1', 'its subject is the SKU');
is($stock->{headers}{trade_versions}, "$slot=1", 'the version before the order');

is_deeply($n->stock('A-1'), { sku => 'A-1', total => 5, available => 3,
    held => 0, sold => 2, limit => 3, opens_at => '2020-01-01T00:00:00.000Z',
    closes_at => undef, version => 2 }, 'the stock has gone down');

$r = $n->request('PATCH', '/v1/stock/A-1', { 'Idempotency-Key' => 'p1' },
    { delta => -2 });
is($r->{status}, 200, 'stock is taken away');
is($r->{json}{total}, 3, 'the total is less');
$r = $n->request('PATCH', '/v1/stock/A-1', { 'Idempotency-Key' => 'p1' },
    { delta => -2 });
is($r->{headers}{'idempotent-replayed'}, 'true', 'the same again is a replay');
is($n->stock('A-1')->{total}, 3, 'and takes nothing more away');

is($a->cmd('GET', 'trade:shard') =~ /^a [0-9a-f]{32}$/, 1, 'shard a is named');
is($b->cmd('GET', 'trade:shard') =~ /^b [0-9a-f]{32}$/, 1, 'shard b is named');

$n->stop('QUIT');
my ($line) = grep { /\|created\|/ } split /\n/, Trade::Process::slurp("$n->{dir}/trade.log");
like($line, qr/^201\|created\|$id\|A-1\|[ab]\|-\|\d\.\d{3}\|\d\.\d{3}\|$order->{partition}\|$order->{offset}$/,
    'the access log says it all');

$t->done;
