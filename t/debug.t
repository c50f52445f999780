# The log lines about an order or a lock go to the log of its request:
# debug_connection shows the steps of the clients that it names, and an error
# names the request.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use HTTP::Tiny;
use JSON::PP;
use Test::More;
use Trade;
use Trade::Process qw(wait_for);

plan skip_all => 'nginx is built without --with-debug'
    if `@{[$ENV{TRADE_NGINX} // 'nginx']} -V 2>&1` !~ /--with-debug/;

my $t = Trade->new;
my $redis = $t->redis('a');
my $n = $t->nginx(<<'EOC', A => $redis->address, KAFKA => $t->kafka->address)->start;
%%GLOBALS%%
worker_processes 1;
events {
    worker_connections 512;
    debug_connection 127.0.0.2;
}
http {
    %%GLOBALS_HTTP%%
    trade_zone main:16m;
    trade_redis stock { server %%A%% name=a; }
    trade_kafka orders { brokers %%KAFKA%%; topic %%TOPIC%%; }

    server {
        listen 127.0.0.1:%%PORT%%;
        location /v1/orders { trade_orders stock orders; }
        location /v1/stock { trade_stock stock orders; }
        location /locked { trade_lock stock $arg_k; empty_gif; }
        location /trade { trade_status; }
    }
}
EOC
# A request from an address of this machine.
sub from {
    my ($address, $method, $path, $body) = @_;
    my $http = HTTP::Tiny->new(timeout => 30, local_address => $address);
    return $http->request($method, "http://127.0.0.1:$n->{port}$path", $body ? {
        headers => { 'Content-Type' => 'application/json', 'Idempotency-Key' => $body->{buyer_id} },
        content => encode_json($body) } : {});
}
sub order { my ($buyer, $n) = @_; return { buyer_id => $buyer, items => [{ sku => 'A', quantity => $n }] } }

# The module's debug lines since the last call: [connection, text].
my $read = 0;
sub lines {
    my $log = substr $n->error_log, $read;
    $read += length $log;
    return map { /\[debug\] \d+#\d+: (?:(\*\d+) )?(trade .*)/ ? [$1, $2] : () } split /\n/, $log;
}

is($n->put_stock('A', total => 10)->{status}, 200, 'stock is set');
is(from('127.0.0.1', POST => '/v1/orders', order('u-1', 1))->{status}, 201, 'an order is placed');
is(from('127.0.0.1', GET => '/locked?k=a')->{status}, 200, 'a lock is taken');
is_deeply([lines()], [], 'clients that debug_connection does not name write no debug lines');

for (['an order', POST => '/v1/orders', order('u-2', 1), 201,
        qr/^trade place "[0-9a-f]{3}-\w{26}": event made$/],
    ['a replay', POST => '/v1/orders', order('u-2', 1), 201,
        qr/^trade place "\S+": event final$/],
    ['a refusal', POST => '/v1/orders', order('u-3', 100), 409,
        qr/^trade place "\S+": action answer$/],
    ['a body that is no order', POST => '/v1/orders', { buyer_id => 'u-4' }, 422,
        qr/^trade place "": action answer$/],
    ['stock', GET => '/v1/stock/A', undef, 200, qr/^trade show "": event final$/],
    ['a lock', GET => '/locked?k=b', undef, 200, qr/^trade lock \d+: event \d+$/])
{
    my ($name, $method, $path, $body, $status, $match) = @$_;
    is(from('127.0.0.2', $method, $path, $body)->{status}, $status, "$name: $status");
    my @lines = lines();
    ok(scalar(grep { $_->[1] =~ $match } @lines), "$name: the steps of the order are in the log")
        or diag explain \@lines;
    my %of = map { ($_->[0] // 'none') => 1 } @lines;
    is(scalar(keys %of), 1, "$name: all lines are of one connection");
    isnt((keys %of)[0], 'none', "$name: the lines name the connection");
}

# An error is logged with the client and the request that have met it.

$redis->cmd('CONFIG', 'SET', 'maxmemory', 1);
is(from('127.0.0.3', POST => '/v1/orders', order('u-5', 1))->{status}, 503, 'Redis takes no order');
like($n->error_log, qr{\[error\] .* place of "\S+" .* answers: OOM .*client: 127\.0\.0\.3, .*request: "POST /v1/orders },
    'the error names the client and its request');
is(from('127.0.0.3', GET => '/locked?k=c')->{status}, 503, 'a lock is refused while Redis is stopped');
like($n->error_log, qr{\[error\] .* answers a call for a lock with "OOM .*client: 127\.0\.0\.3, .*request: "GET /locked\?k=c },
    'the error of the lock names them, too');
$redis->cmd('CONFIG', 'SET', 'maxmemory', 0);

$t->done;
