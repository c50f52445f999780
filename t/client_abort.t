# A client may go at any moment: before its order is whole there is none, after
# that it goes its way to the topic and out of Redis' due list, and nothing of
# it stays behind.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Socket qw(SOL_SOCKET SO_LINGER);
use Test::More;
use Trade;
use Trade::Process qw(slurp wait_for);

my $TOTAL = 10000;      # units of stock

my $t = Trade->new;
my $redis = $t->redis('a');
my $kafka = $t->kafka(own => 1);

my $n = $t->nginx(<<'EOF', A => $redis->address, KAFKA => $kafka->address)->start;
%%GLOBALS%%
worker_processes 1;
events { worker_connections 2048; }
http {
    %%GLOBALS_HTTP%%
    log_format trade '$status $trade_result $trade_order_id $trade_sku $trade_shard $request_method';
    access_log %%TESTDIR%%/trade.log trade;

    trade_zone main:16m;
    trade_redis stock {
        server %%A%% name=a;
        timeout 20s;
    }
    trade_kafka orders { brokers %%KAFKA%%; topic %%TOPIC%%; outage 1h; property message.timeout.ms 20000; }
    trade_lease 30s;
    trade_timeout 20s;

    server {
        listen 127.0.0.1:%%PORT%% backlog=1024;
        location /v1/orders { trade_orders stock orders; }
        location /v1/stock { trade_stock stock orders; }
        location /trade { trade_status; }
    }
}
EOF
is($n->put_stock('A', total => $TOTAL)->{status}, 200, 'stock is set');
my @shop = ($n, $redis, $kafka, $t->topic);
my @workers = $n->workers;
my ($orders, $gone) = (0, 0);
my @first;

for my $how ('FIN', 'RST') {
    my @c = map { ask($n, $_, 40) } texts("head$how", 5);
    leave($how, @c);
    is(sold(@shop), $orders, "clients that go in the headers, by $how, place no orders");

    @c = map { ask($n, $_, -10) } texts("body$how", 5);
    ok(wait_for(sub { $n->status->{in_flight} == 5 }, 5), 'bodies are being read');
    leave($how, @c);
    is(sold(@shop), $orders, "clients that go in the body, by $how, place no orders");

    for (['Redis', $redis, 'in_flight'], ['Kafka', $kafka, 'pending']) {
        my ($who, $server, $gauge) = @$_;
        for my $count (5, 200) {
            $server->signal('STOP');
            @c = map { ask($n, $_) } texts("$who$how$count-", $count);
            ok(wait_for(sub { $n->status->{$gauge} == $count }, 10),
                "$count orders wait for $who");
            leave($how, @c);
            $gone += $count;
            $orders += $count;
            ok(wait_for(sub { $n->status->{client_gone} == $gone }, 10),
                "clients that go while their orders wait, by $how, are counted");
            is($n->status->{in_flight}, $count, 'orders go on when their clients are gone');
            $server->signal('CONT');
            is(sold(@shop), $orders, 'orders whose clients are gone are placed');
        }
    }
}

# A client goes while its change of stock is under way.

$redis->signal('STOP');
@first = ask($n, "PATCH /v1/stock/A HTTP/1.1\r\nHost: shop\r\nIdempotency-Key: p\r\n"
    . "Content-Type: application/json\r\nContent-Length: 11\r\n\r\n{\"delta\":1}");
ok(wait_for(sub { $n->status->{in_flight} == 1 }, 10), 'a change of stock waits for Redis');
leave('RST', @first);
ok(wait_for(sub { $n->status->{client_gone} == $gone + 1 }, 10), 'the client of a change of stock goes');
$redis->signal('CONT');
$TOTAL++;
is(sold(@shop), $orders, 'the stock is changed though its client is gone');

# Some go while the order of another request with their key waits for Kafka: a
# replay is asked once more after a while.

$kafka->signal('STOP');
@first = map { ask($n, $_) } texts('again', 50, 'key');
ok(wait_for(sub { $n->status->{pending} == 50 }, 10), '50 orders wait for Kafka');
leave('RST', map { ask($n, $_) } texts('again', 50, 'key'));
leave('FIN', map { ask($n, $_) } texts('again', 50, 'key'));
my @second = map { ask($n, $_) } texts('again', 50, 'key');
is(scalar(grep { readline($_) =~ / 202 / } @second), 50, 'the same orders sent again are replays');
leave('FIN', @second);
leave('RST', @first);
$kafka->signal('CONT');
$orders += 50;
is(sold(@shop), $orders, 'each order is placed once');

# Some go as soon as they have said all: how many orders that makes is theirs to
# find out, but those are placed.

leave('RST', map { ask($n, $_) } texts('quickRST', 200));
leave('FIN', map { ask($n, $_) } texts('quickFIN', 200));
like(sold(@shop), qr/^\d+$/, 'of 400 orders whose clients do not wait some are placed, each of them whole');

is_deeply([$n->workers], \@workers, 'the worker is the same as at the start');
is($n->order([A => 1], 'last')->{status}, 201, 'the worker still takes orders');
$n->stop('QUIT', 20);

# The access log tells of clients that went.  An order that exists, or came to exist
# later, is named with its SKU and shard.

my %placed = map { $_->{key} => 1 } $kafka->orders($t->topic);
my @log = map { [split] } grep { / client-gone / } split /\n/, slurp("$n->{dir}/trade.log");
my @late = grep { $_->[0] == 499 } @log;
cmp_ok(scalar(grep { $placed{ $_->[2] } } @late), '>=', $gone,
    'the access log has the ids of the orders whose clients went');
is(scalar(grep { $_->[2] =~ /^[0-9a-f]{3}-\w{26}$/ && "@$_[3, 4]" ne 'A a' } @log), 0,
    'an order whose client went has SKU and shard in the access log');
my @patch = grep { $_->[5] eq 'PATCH' } @late;
is("@{ $patch[0] }", '499 client-gone - A a PATCH',
    'a change of stock whose client went has its SKU and shard in the access log, and no id');
my @body = grep { $_->[0] == 400 } @log;
is(scalar(@body), 10, 'clients that went in the body are in the access log');
is(scalar(grep { "@$_[2 .. 4]" ne '- - -' } @body), 0,
    'clients that went in the body have no order id in the access log, for none of their orders was whole');

$t->done;

# Texts of orders of a unit each.
sub texts {
    my ($buyer, $count, $key) = @_;
    return map {
        my $body = qq({"buyer_id":"$buyer$_","items":[{"sku":"A","quantity":1}]});
        "POST /v1/orders HTTP/1.1\r\nHost: shop\r\nContent-Type: application/json\r\n"
            . ($key ? "Idempotency-Key: $key$_\r\n" : '')
            . 'Content-Length: ' . length($body) . "\r\n\r\n$body";
    } 1 .. $count;
}

# Sends a text, or its beginning, and returns the connection.
sub ask {
    my ($nginx, $text, $length) = @_;
    my $connection = $nginx->connect;
    syswrite $connection, substr $text, 0, $length // length $text;
    return $connection;
}

sub leave {
    my ($how, @connections) = @_;
    for (@connections) {
        setsockopt $_, SOL_SOCKET, SO_LINGER, pack 'ii', 1, 0 if $how eq 'RST';
        close $_;
    }
}

# Returns how many units are sold, if stock and topic agree once nothing is
# under way any more; both numbers if not.
sub sold {
    my ($nginx, $redis, $kafka, $topic) = @_;
    my ($s, $due);
    wait_for(sub {
        $s = $nginx->status;
        $due = @{ $redis->cmd('KEYS', 'trade:{*}:due') };
        return !$due && !$s->{in_flight} && !$s->{pending};
    }, 10) or return "$due due, $s->{in_flight} in flight, $s->{pending} pending";
    my $sold = $TOTAL - $nginx->stock('A')->{available};
    my %ids = map { $_->{headers}{ce_id} => 1 } $kafka->orders($topic);
    return keys %ids == $sold ? $sold : "$sold of stock, " . keys(%ids) . ' in the topic';
}
