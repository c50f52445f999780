# Where trade_buyer takes the buyer from a verified token, no body can name
# another one, and an order is shown to its buyer only.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Trade;
use Trade::Load qw(load order);
use Trade::Process qw(wait_for);

my $t = Trade->new;
my $redis = $t->redis('a');
my $kafka = $t->kafka;

# X-Buyer stands for the claim of a token that nginx has verified.

my $n = $t->nginx(<<'EOF', A => $redis->address, KAFKA => $kafka->address)->start;
%%GLOBALS%%
worker_processes 1;
events { worker_connections 512; }
http {
    %%GLOBALS_HTTP%%
    trade_zone main:16m;
    trade_redis stock {
        server %%A%% name=a;
    }
    trade_kafka orders { brokers %%KAFKA%%; topic %%TOPIC%%; }
    trade_timeout 20s;

    server {
        listen 127.0.0.1:%%PORT%%;
        location /v1/orders { trade_orders stock orders; trade_buyer $http_x_buyer; }
        location /v1/stock { trade_stock stock orders; }
        location /staff/orders { trade_orders stock orders; }
        location /trade { trade_status; }
    }
}
EOF

# call(method, path, buyer of the token, key, body)
sub call {
    my ($method, $path, $buyer, $key, $body) = @_;
    utf8::encode($buyer) if defined $buyer && $buyer !~ /\xff/;
    my ($r) = load($n, 1, { method => $method, path => $path, body => $body,
        headers => { 'X-Buyer' => $buyer, 'Idempotency-Key' => $key } });
    return $r;
}
sub place { return call('POST', '/v1/orders', @_) }
sub show { my ($id, $buyer) = @_; return call('GET', "/v1/orders/$id", $buyer) }

# A body, naming a buyer or not.
sub body {
    my ($buyer, $sku, %more) = @_;
    return { defined $buyer ? (buyer_id => $buyer) : (),
        items => [{ sku => $sku // 'A-1', quantity => 1 }], %more };
}

sub is_problem {
    my ($name, $r, $status, $problem, $pointers) = @_;
    my $j = $r->{json} // {};
    is(join('|', $r->{status}, $r->{headers}{'content-type'} // '',
            ($j->{type} // '') =~ s/.*://r, $j->{outcome} // '',
            join ' ', map { $_->{pointer} } @{ $j->{errors} || [] }),
        join('|', $status, 'application/problem+json', $problem, 'none', $pointers // ''),
        "$name: $status $problem") or diag $r->{body};
    return $r;
}

my %buyers;         # order id => its buyer

sub placed {
    my ($name, $r, $buyer) = @_;
    is($r->{status}, 201, "$name: 201") or diag $r->{body};
    is($r->{json}{buyer_id}, $buyer, "$name: the order is that of its buyer");
    is($r->{headers}{location}, "/v1/orders/$r->{json}{order_id}", "$name: the order has a Location");
    $buyers{ $r->{json}{order_id} } = $buyer;
    return $r;
}

is($n->put_stock('A-1', total => 100)->{status}, 200, 'stock is set');
is($n->put_stock('ONE-EACH', total => 100, limit => 1)->{status}, 200, 'a limit is set');

# Whose order it is.

my $first = placed('a body without a buyer', place('u-1', 'k', body()), 'u-1');
placed('a body with the same buyer', place('u-1', undef, body('u-1')), 'u-1');
placed('a body with the same buyer, escaped', place('u-1', undef,
    '{"buyer_id":"\u0075-1","items":[{"sku":"A-1","quantity":1}]}'), 'u-1');
placed("the buyer $_" =~ tr/ -~/?/cr, place($_, undef, body(undef, undef, metadata => { a => [1, 2] })), $_)
    for 'u' x 255, '0', 'A_b.c:d-e', 'of two words', 'a@b.c', 'u-1,u-2', '"u-1"', 'a\\b',
    'auth0|5f7c', 'YWJj+/==', 'https://id.example/u?n=1#a', "\x{e9}", "\x{624b}\x{673a}";

is_problem("the buyer $_ in the body", place('u-1', undef, body($_)), 422, 'invalid-field',
    '/buyer_id') for 'u-2', 'U-1', 'u-', 'u-11', '';
is_problem("a body whose buyer is $_", place('u-1', undef,
    qq({"buyer_id":$_,"items":[{"sku":"A-1","quantity":1}]})), 422, 'invalid-field',
    '/buyer_id') for 'null', '1', '[]', '"u-1\u0000"', '"u-1 "';

for (['none', undef], ['empty', ''],
    ['too long', 'u' x 256, 'is longer than 255 bytes'],
    ['no UTF-8', "caf\xff", 'is not UTF-8'],
    ['with a control character', "u\x{85}", 'has a control character'])
{
    my ($name, $buyer, $why) = @$_;
    my $problem = $why ? 'buyer-malformed' : 'buyer-required';
    for (["a buyer that is $name", place($buyer, undef, body())],
        ["a buyer that is $name, and one in the body", place($buyer, undef, body('u-1'))],
        ["GET by a buyer that is $name", show($first->{json}{order_id}, $buyer)],
        ["cancelling by a buyer that is $name",
            call('POST', "/v1/orders/$first->{json}{order_id}/cancel", $buyer)])
    {
        my ($asked, $r) = @$_;
        is_problem($asked, $r, 403, $problem);
        like($r->{json}{detail}, qr/^the buyer id \Q$why\E;/, "$asked: the answer says why") if $why;
    }
    next unless $why;
    ok($n->wait_log(qr/\[error\].*the buyer id that "trade_buyer" gives \Q$why\E;/, 4),
        "a buyer that is $name: the log says so of each request");
}
is_problem('no buyer, and no JSON', place(undef, undef, '{'), 403, 'buyer-required');

# The buyers who may see an order.

my $id = $first->{json}{order_id};
is(show($id, 'u-1')->{status}, 200, 'a buyer sees his own order');
is(show($id, 'u-1')->{body}, $first->{body}, 'GET of the buyer equals the answer to the order');
for my $buyer ('u-2', 'U-1', 'u-', 'u-11', '1') {
    my $r = is_problem("$buyer asks for it", show($id, $buyer), 404, 'unknown-order');
    is($r->{body}, show('000-' . '0' x 26, $buyer)->{body},
        "$buyer is told what is told of an order that is not there");
    is($r->{headers}{location}, undef, "$buyer gets no Location of another buyer's order");
}
is(call('HEAD', "/v1/orders/$id", 'u-1')->{status}, 200, 'HEAD by its buyer is answered 200');
is(call('HEAD', "/v1/orders/$id", 'u-2')->{status}, 404, 'HEAD by another buyer is answered 404');
is(call('GET', "/staff/orders/$id", 'u-2')->{body}, $first->{body},
    'where no trade_buyer stands, all see it');

# Metadata may hold line breaks between its values, and what looks like an order.

is($n->put_stock('OWN', total => 10)->{status}, 200, 'a SKU has ten units');
my $own = placed('an order whose metadata looks like an order of u-2', place('u-1', undef,
    qq({"items":[{"sku":"OWN","quantity":1}],"metadata":{"a":\n)
    . qq({"buyer_id":"u-2","items":[{"sku":"OWN","quantity":5}]}}})), 'u-1')
    ->{json}{order_id};
is_problem('u-2 asks for it', show($own, 'u-2'), 404, 'unknown-order');
is_problem('u-2 cancels it', call('POST', "/v1/orders/$own/cancel", 'u-2'), 404,
    'unknown-order');
is(show($own, 'u-1')->{json}{state}, 'placed', 'the order stays placed');
is(call('POST', "/v1/orders/$own/cancel", 'u-1')->{status}, 200, 'a buyer cancels the order of 1 unit');
ok(wait_for(sub { $n->stock('OWN')->{available} == 10 }, 20), 'the unit of a cancelled order goes back')
    or diag explain $n->stock('OWN');

# Keys and limits are the token's buyer's.

my $again = place('u-1', 'k', body('u-1'));
is($again->{status}, 201, 'a repetition whose body names the buyer: 201');
is($again->{headers}{'idempotent-replayed'}, 'true', 'an order whose body names the buyer of the token is a replay');
is($again->{body}, $first->{body}, 'the replay is of the same order');
my $other = placed('the same key by another buyer', place('u-2', 'k', body()), 'u-2');
is($other->{headers}{'idempotent-replayed'}, undef, 'an order of another buyer is no replay');
is_problem('the key for another body', place('u-1', 'k', body(undef, undef,
    metadata => {})), 422, 'idempotency-key-reused');

placed('one each', place('u-1', undef, body(undef, 'ONE-EACH')), 'u-1');
is_problem('one more', place('u-1', undef, body(undef, 'ONE-EACH')), 409, 'buyer-limit',
    '/items/0');
is_problem('one more under another name', place('u-1', undef, body('u-2', 'ONE-EACH')),
    422, 'invalid-field', '/buyer_id');
placed('one for another buyer', place('u-2', undef, body(undef, 'ONE-EACH')), 'u-2');

# The orders in Kafka and in Redis.

my @records = $kafka->orders($t->topic);
is_deeply({ map { $_->{key} => $_->{value}{buyer_id} } @records }, \%buyers,
    'the topic has each order with the buyer of its token');
is(@records, keys %buyers, 'each order is in the topic once');
like($_->{payload}, qr/^\{"order_id":"$_->{key}","created_at":"[^"]+","buyer_id":"/,
    'the value of the message is an order like any other') for @records;
is(100 - $n->stock('A-1')->{available},
    scalar(grep { $_->{value}{items}[0]{sku} eq 'A-1' } @records),
    'the stock counts the orders of the topic, and no more');

$t->done;
