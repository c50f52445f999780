# A location that takes orders is nginx's like any other: if, limit_except,
# rewrite, auth_request, limit_req, add_header and error_page do there what
# they do elsewhere.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Test::More;
use Trade;

my $t = Trade->new;
my $a = $t->redis('a');
my $kafka = $t->kafka;

my $n = $t->nginx(<<'EOF', A => $a->address, KAFKA => $kafka->address)->start;
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
    limit_req_zone $http_x_client zone=clients:1m rate=1r/m;

    server {
        listen 127.0.0.1:%%PORT%%;

        location /v1/orders { trade_orders stock orders; }
        location /v1/stock { trade_stock stock orders; }

        location /if/orders {
            trade_orders stock orders;
            if ($http_x_shop) { add_header X-Shop $http_x_shop; }
            if ($http_x_closed) { return 403; }
        }
        location /except/stock {
            trade_stock stock orders;
            limit_except GET { allow 127.0.0.1; deny all; }
        }
        location /denied/stock {
            trade_stock stock orders;
            limit_except GET { deny all; }
        }
        location /except/trade {
            trade_status;
            limit_except POST { allow all; }
        }
        location /old/ { rewrite ^/old/(.*)$ /v1/$1; }
        location /missing/ { error_page 404 = @found; return 404; }
        location @found { rewrite ^/missing/(.*)$ /v1/$1; }
        location /token/orders {
            auth_request /token;
            auth_request_set $buyer $upstream_http_x_buyer;
            trade_orders stock orders;
            trade_buyer $http_x_buyer;
        }
        location = /token {
            if ($http_x_buyer = "") { return 401; }
            return 204;
        }
        location /limited/orders {
            limit_req zone=clients;
            trade_orders stock orders;
        }
        location /page/orders {
            trade_orders stock orders;
            error_page 409 /sorry;
        }
        location = /sorry { return 200 sorry; }
    }
}
EOF

is($n->put_stock('L-1', total => 100)->{status}, 200, 'stock is set');

my $buyers = 0;
sub place {
    my ($where, %headers) = @_;
    return $n->request('POST', $where, \%headers, { buyer_id => 'u-' . ++$buyers,
        items => [{ sku => 'L-1', quantity => 1 }] });
}

my $r = place('/if/orders', 'X-Shop' => 'one');
is("$r->{status} $r->{headers}{'x-shop'}", '201 one', 'an if that holds');
is($n->get("/if/orders/$r->{json}{order_id}", { 'X-Shop' => 'one' })->{json}{state},
    'placed', 'the URI behind the location is found inside of an "if"');
is(place('/if/orders')->{status}, 201, 'an if that does not');
is(place('/if/orders', 'X-Closed' => 1)->{status}, 403, 'an if that refuses');

is($n->request('PUT', '/except/stock/L-1', undef, { total => 200 })->{status}, 200,
    'a method that is excepted');
is($n->get('/except/stock/L-1')->{json}{total}, 200, 'a method that is not excepted is answered');
is($n->request('PUT', '/denied/stock/L-1', undef, { total => 1 })->{status}, 403,
    'a denied method is refused');
is($n->get('/except/trade')->{json}{workers}, 1, 'a location that is excepted answers the status');

is(place('/old/orders')->{status}, 201, 'a request with a rewritten URI is answered');
is(place('/missing/orders')->{status}, 201, 'a request is answered by way of a named location');

is(place('/token/orders')->{status}, 401, 'a request without a token is refused');
is($n->request('POST', '/token/orders', { 'X-Buyer' => 'u-t' },
    { items => [{ sku => 'L-1', quantity => 1 }] })->{status}, 201,
    'a request with a token is answered, with its body');

is(place('/limited/orders', 'X-Client' => 'c')->{status}, 201, 'the first request in a minute is answered');
is(place('/limited/orders', 'X-Client' => 'c')->{status}, 503, 'the second request in a minute is refused');

$r = $n->request('POST', '/page/orders', undef, { buyer_id => 'u-p',
    items => [{ sku => 'L-1', quantity => 1000 }] });
is("$r->{status} $r->{json}{outcome}", '409 none',
    'a problem document is not replaced by a page');

is($n->stock('L-1')->{sold}, 6, 'the stock counts the orders that were placed');

$t->done;
