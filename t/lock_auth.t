# A user needs what docs/directives.md lists for locks only where locks are;
# with less the shard stays down and the log says why.  Locks work through TLS.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use IO::Socket::INET;
use Test::More;
use Trade;
use Trade::Process qw(free_port slurp spew wait_for);

my ($orders, $locks) = map { [split ' ', $_] } slurp("$Trade::root/docs/directives.md")
    =~ /^The ACL of the gateway's user:\n\n((?:    .+\n)+)\nWith `trade_lock` also.*:\n\n((?:    .+\n)+)/m;
cmp_ok(scalar @{ $locks // [] }, '>', 2, 'the documentation lists what locks need');

my $t = Trade->new;
my $dir = $t->dir;
for my $name ('ca', 'server') {
    my $sign = $name eq 'ca' ? '' : "-CA $dir/ca.crt -CAkey $dir/ca.key";
    system("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 "
        . "-subj /CN=$name -addext subjectAltName=IP:127.0.0.1 $sign -keyout $dir/$name.key "
        . "-out $dir/$name.crt 2>/dev/null") == 0 or die "openssl: $?\n";
}
my $tls = free_port();
my $redis = $t->redis('a', args => ['--tls-port', $tls, '--tls-cert-file', "$dir/server.crt",
    '--tls-key-file', "$dir/server.key", '--tls-ca-cert-file', "$dir/ca.crt",
    '--tls-auth-clients', 'no']);
spew("$dir/password", 'secret');
allow('reset', 'on', '>secret', @$orders);

my $backend = IO::Socket::INET->new(Listen => 8, LocalAddr => '127.0.0.1', Proto => 'tcp')
    or die "listen: $!\n";
my $conf = <<'EOF';
%%GLOBALS%%
worker_processes 1;
events { worker_connections 512; }
http {
    %%GLOBALS_HTTP%%
    trade_zone main:16m;
    trade_redis stock {
        server 127.0.0.1:%%TLS%% name=a;
        user gateway;
        password_file %%DIR%%/password;
        ssl on;
        ssl_trusted_certificate %%DIR%%/ca.crt;
    }
    server {
        listen 127.0.0.1:%%PORT%%;
        root %%TESTDIR%%;
        location /file { %%LOCK%% }
        location /held { %%LOCK%% proxy_pass http://%%BACKEND%%; }
        location /trade { trade_status; }
    }
}
EOF
my %vars = (TLS => $tls, DIR => $dir, BACKEND => '127.0.0.1:' . $backend->sockport);
my $none = $t->nginx($conf, %vars, LOCK => '')->start;
is(state($none), 'up', 'a user without locks needs no permissions for them');

my $n = $t->nginx($conf, %vars, LOCK => 'trade_lock stock one wait=20s;');
spew("$n->{dir}/file", "ok\n");
$n->start(up => 0);
for my $what (grep { /^\+/ } @$locks) {
    my ($name) = $what =~ /(\w+)$/;
    allow(map { $_ eq $what ? () : $_ } @$locks);
    $n->wait_log(qr/NOPERM this user may not \Q$name\E/i);
    is(state($n), 'down', "without $what the shard is down");
    is($n->get('/file')->{status}, 503, "without $what no lock is given");
    allow('reset', 'on', '>secret', @$orders);
}
allow(grep { !/&/ } @$locks);
$n->wait_log(qr/NOPERM this user may not publish trade:lock/i);
is(state($n), 'down', 'without the channels no lock is given');

allow(@$locks);
ok(wait_for(sub { state($n) eq 'up' }, 15), 'with all permissions the shard is up');
is($n->get('/file')->{status}, 200, 'with all permissions locks are given');

# told through TLS

my $holder = ask('/held');
my $held = $backend->accept;
my $waiter = ask('/file');
ok(wait_for(sub { $n->status->{locks}{waiting} == 1 }, 5), 'one request waits');
ok(wait_for(sub { listeners() == 1 }, 10), "the waiter's worker listens to its channel");
print $held "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n";
close $held;
like(readline($waiter), qr/ 200 /, 'the waiter is told that the lock is free');

# a connection that listens comes back, and what it has missed is found

$holder = ask('/held');
$held = $backend->accept;
$waiter = ask('/file');
ok(wait_for(sub { $n->status->{locks}{waiting} == 1 }, 5), 'one request waits');
$redis->cmd('CLIENT', 'KILL', 'TYPE', 'pubsub');
print $held "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n";
close $held;
like(readline($waiter), qr/ 200 /, 'the waiter is served though it was not told');
ok(wait_for(sub { listeners() == 1 }, 10), 'the worker listens again');
is($n->status->{locks}{timed_out}, 0, 'no request was refused');

$t->done;

sub allow {
    $redis->cmd('ACL', 'SETUSER', 'gateway', @_);
    $redis->cmd('CLIENT', 'KILL', 'USER', 'gateway');
}

sub state { return $_[0]->status->{shards}[0]{state} }
sub listeners { return scalar @{ $redis->cmd('PUBSUB', 'CHANNELS', 'trade:lock:*') } }

sub ask {
    my ($path) = @_;
    my $connection = $n->connect;
    print $connection "GET $path HTTP/1.0\r\n\r\n";
    return $connection;
}
