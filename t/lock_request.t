# A lock goes with its request, however that comes and ends: on a connection that
# is kept, pipelined, by HTTP/2, redirected to another lock, with a long or odd
# key, cut by nginx that shuts down.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use IO::Socket::INET;
use Test::More;
use Trade;
use Trade::Process qw(slurp spew wait_for);

my $t = Trade->new;
my $redis = $t->redis('a');
my $backend = IO::Socket::INET->new(Listen => 8, LocalAddr => '127.0.0.1', Proto => 'tcp')
    or die "listen: $!\n";
my $http2 = Trade::Process::free_port();

my %vars = (A => $redis->address, HTTP2 => $http2, BACKEND => '127.0.0.1:' . $backend->sockport);
my $n = $t->nginx(<<'EOF', %vars);
%%GLOBALS%%
worker_processes 1;
worker_shutdown_timeout 1s;
events { worker_connections 512; }
http {
    %%GLOBALS_HTTP%%
    trade_zone main:16m;
    trade_redis stock {
        server %%A%% name=a;
    }
    server {
        listen 127.0.0.1:%%PORT%%;
        listen 127.0.0.1:%%HTTP2%% http2;
        root %%TESTDIR%%;
        location /file { trade_lock stock $arg_k; add_header X-Fence $trade_lock_fence; }
        location /held { trade_lock stock $arg_k; proxy_pass http://%%BACKEND%%; }
        location /wait { trade_lock stock $arg_k wait=20s; alias %%TESTDIR%%/file; }
        location /both/ { trade_lock stock one; alias %%TESTDIR%%/; index both; }
        location /both/both { trade_lock stock two; proxy_pass http://%%BACKEND%%; }
        location /owner { trade_lock stock one owner=$arg_o; proxy_pass http://%%BACKEND%%; }
        location /trade { trade_status; }
    }
}
EOF
spew("$n->{dir}/file", "ok\n");
spew("$n->{dir}/both", "ok\n");
$n->start;

# kept and pipelined

my $c = $n->connect;
for (1 .. 3) {
    print $c "GET /wait?k=kept HTTP/1.1\r\nHost: a\r\n\r\n";
    is(response($c), 200, "request $_ of a connection is answered");
}
print $c "GET /wait?k=kept HTTP/1.1\r\nHost: a\r\n\r\n" x 5;
is(join(' ', map { response($c) } 1 .. 5), '200 200 200 200 200', 'five requests at once are answered');
my $held = hold('/held?k=kept');
print $c "GET /file?k=kept HTTP/1.1\r\nHost: a\r\n\r\n" x 2;
is(join(' ', map { response($c) } 1 .. 2), '423 423', 'refusals leave the connection open');
print $c "POST /file?k=kept HTTP/1.1\r\nHost: a\r\nContent-Length: 20000\r\n\r\n", 'x' x 20000,
    "GET /file?k=free HTTP/1.1\r\nHost: a\r\n\r\n";
is(join(' ', map { response($c) } 1 .. 2), '423 200', 'refusals of requests with a body leave the connection open');
print $c "GET /wait?k=kept HTTP/1.1\r\nHost: a\r\n\r\nGET /file?k=free HTTP/1.1\r\nHost: a\r\n\r\n";
ok(wait_for(sub { waiting() == 1 }, 5), 'one request waits, and another is behind it');
done($held);
is(join(' ', map { response($c) } 1 .. 2), '200 200', 'both pipelined requests are served');
close $c;

# HTTP/2

SKIP: {
    skip 'no curl', 5 if system('curl --http2-prior-knowledge -V >/dev/null 2>&1') != 0;
    my $curl = "curl -s -m 20 -o /dev/null -w '%{http_code} ' --http2-prior-knowledge";
    $held = hold('/held?k=h2');
    is(`$curl 'http://127.0.0.1:$http2/file?k=h2'`, '423 ', 'a request by HTTP/2 is refused while the lock is held');
    open my $waits, '-|', "exec $curl 'http://127.0.0.1:$http2/wait?k=h2'" or die $!;
    my $pid = open my $goes, '-|', "exec $curl 'http://127.0.0.1:$http2/wait?k=h2'" or die $!;
    ok(wait_for(sub { waiting() == 2 }, 10), 'two wait');
    kill 'KILL', $pid;
    ok(wait_for(sub { waiting() == 1 }, 10), 'HTTP/2: one stream is cancelled, and leaves the queue');
    done($held);
    is(readline($waits), '200 ', 'HTTP/2: the other stream is served');
}

# another lock

$held = hold('/both/');
is_deeply([locks()], ['one', 'two'], 'a redirect to another lock takes that too');
is($n->get('/file?k=one')->{status}, 423, 'a redirect to another lock keeps the first lock');
done($held);
ok(wait_for(sub { !locks() }, 5), 'both locks are free when the redirected request has ended');

# names

my $long = 'x' x 3000;
$held = hold("/held?k=$long");
is($n->get("/file?k=$long")->{status}, 423, 'a long key is one lock');
is($n->get("/file?k=${long}y")->{status}, 200, 'a longer key is another lock');
like((locks())[0], qr/^sha256:[0-9a-f]{32}$/, 'a long key is known by its digest');
done($held);
my $odd = '}{%00"\\x';
$held = hold("/held?k=$odd");
is($n->get("/file?k=$odd")->{status}, 423, 'an odd key is one lock');
done($held);
my @owners = map { hold("/owner?o=$long") } 1 .. 2;
is($n->get('/file?k=one')->{status}, 423, 'a long owner is one owner');
done($_) for @owners;
ok(wait_for(sub { !locks() }, 5), 'all locks are free');

# cut off

$held = hold('/held?k=cut');
my $waiter = $n->connect;
print $waiter "GET /wait?k=cut HTTP/1.0\r\n\r\n";
ok(wait_for(sub { waiting() == 1 }, 5), 'one request holds the lock, and one waits');
$n->signal('QUIT');
is(readline($waiter), undef, 'a waiting request is cut off when nginx has to end');
$n->stop('QUIT', 10);
ok(wait_for(sub { !locks() }, 8), 'a forced end leaves nothing of the holder and the waiter, except keys with a ttl');

$t->done;

# A request that is at the backend then.
sub hold {
    my ($path) = @_;
    my $connection = $n->connect;
    print $connection "GET $path HTTP/1.0\r\n\r\n";
    my $served = $backend->accept;
    return [$connection, $served];
}

sub done {
    my ($held) = @_;
    my ($connection, $served) = @$held;
    print $served "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n";
    close $served;
    local $/;
    like(readline($connection), qr/^HTTP\S+ 200 /, 'a holder is served');
}

# The status of the next response on a connection that stays.
sub response {
    my ($s) = @_;
    my ($status) = (readline($s) // '') =~ / (\d+) / or return 0;
    my $length = 0;
    while (defined(my $line = readline $s)) {
        $length = $1 if $line =~ /^Content-Length: (\d+)/i;
        last if $line eq "\r\n";
    }
    read $s, (my $body), $length;
    return $status;
}

sub waiting { return $n->status->{locks}{waiting} }
sub locks { return sort map { /\}:lock:(.*)/s ? $1 : () } $redis->keys('trade:{*') }
