# trade_lock in front of any content: one request at a time has the lock, over
# all workers and hosts, and no longer than it lives.  Waiters are served in
# order and at once, and leave nothing behind when they go.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Compress::Raw::Zlib qw(crc32);
use IO::Select;
use IO::Socket::INET;
use Socket qw(SOL_SOCKET SO_LINGER);
use Test::More;
use Time::HiRes qw(sleep time);
use Trade;
use Trade::Process qw(free_port freeze slurp spew wait_for);

my $t = Trade->new;
my $a = $t->redis('a');
my $kafka = $t->kafka;

# A backend that answers when the test wants it to.
my $backend = IO::Socket::INET->new(Listen => 128, LocalAddr => '127.0.0.1', Proto => 'tcp')
    or die "listen: $!\n";

my $conf = <<'EOF';
%%GLOBALS%%
worker_processes %%WORKERS%%;
worker_shutdown_timeout 60s;
events { worker_connections 512; }
http {
    %%GLOBALS_HTTP%%
    log_format lock '$status $uri $arg_n fence=$trade_lock_fence lost=$trade_lock_lost '
        'wait=$trade_lock_wait $trade_result';
    access_log %%TESTDIR%%/lock.log lock;

    trade_zone main:16m;
    trade_redis stock { server %%A%% name=a; }
    trade_redis hasty { server %%A%% name=a; timeout 500ms; }
    trade_redis down { server %%DOWN%% name=down; }
    trade_kafka orders { brokers %%KAFKA%%; topic %%TOPIC%%; }
    proxy_ignore_client_abort on;
    proxy_http_version 1.0;

    server {
        listen 127.0.0.1:%%PORT%%;
        root %%TESTDIR%%;
        trade_lock stock $arg_k wait=60s;

        location /now { trade_lock stock $arg_k; proxy_pass http://%%BACKEND%%;
            proxy_set_header X-Fence $trade_lock_fence; }
        location /wait { trade_lock stock $arg_k ttl=30s wait=60s; proxy_pass http://%%BACKEND%%;
            proxy_set_header X-Fence $trade_lock_fence; }
        location /abort { proxy_pass http://%%BACKEND%%; proxy_ignore_client_abort off; }
        location /short { trade_lock stock $arg_k wait=300ms; trade_lock_status 429;
            proxy_pass http://%%BACKEND%%; }
        location /few { trade_lock stock $arg_k wait=60s max=2; proxy_pass http://%%BACKEND%%; }
        location /lives { trade_lock stock $arg_k ttl=3s wait=60s; proxy_pass http://%%BACKEND%%; }
        location /owner { trade_lock stock $arg_k owner=$arg_o; proxy_pass http://%%BACKEND%%; }
        location /fair { trade_lock stock $arg_k owner=$arg_o ttl=4s wait=60s;
            proxy_pass http://%%BACKEND%%; }
        location /hasty { trade_lock hasty $arg_k; proxy_pass http://%%BACKEND%%; }
        location /down { trade_lock down $arg_k wait=60s; proxy_pass http://%%BACKEND%%; }
        location /off { trade_lock off; proxy_pass http://%%BACKEND%%; }
        location /file { trade_lock stock $arg_k; add_header X-Fence $trade_lock_fence; }
        location /outer {
            location /outer/inner { proxy_pass http://%%BACKEND%%; }
        }
        location /to { trade_lock stock $arg_k; rewrite ^ /file/f last; }
        location /index { trade_lock stock $arg_k; alias %%TESTDIR%%/file; index f; }
        location /parts {
            trade_lock stock $arg_k;
            auth_request /auth;
            mirror /file/f;
            try_files /file/f =404;
        }
        location = /auth { trade_lock stock auth; alias %%TESTDIR%%/file/f; }
        location /v1/orders { trade_lock stock $arg_k; trade_orders stock orders; }
        location /v1/stock { trade_lock off; trade_stock stock orders; }
        location /trade { trade_lock off; trade_status; }
    }
}
EOF
my %vars = (A => $a->address, KAFKA => $kafka->address, WORKERS => 2,
    DOWN => '127.0.0.1:' . free_port(), BACKEND => '127.0.0.1:' . $backend->sockport);
my ($n, $m) = map { $t->nginx($conf, %vars) } 1, 2;
for ($n, $m) {
    mkdir "$_->{dir}/file";
    spew("$_->{dir}/file/f", "content\n");
    $_->start(up => 4);
}

# each kind of content

my $r = $n->get('/file/f?k=kinds');
is("$r->{status} $r->{body}", "200 content\n", 'a file under a lock is served');
like($r->{headers}{'x-fence'}, qr/^\d{16}$/, 'a file under a lock has a fencing token');
my $fence = $r->{headers}{'x-fence'};
is(held('kinds'), 0, 'the lock of a file is released when the file has been sent');
my $c = ask($n, '/now?k=kinds');
my $b = served();
like($b->{head}, qr/^X-Fence: (\d+)\r$/m, 'a proxied request under a lock has a fencing token');
my ($second) = $b->{head} =~ /^X-Fence: (\d+)/m;
cmp_ok($second, '>', $fence, 'the token of a later holder is higher');
$r = $n->get('/file/f?k=kinds');
is("$r->{status} $r->{json}{type}", '423 urn:trade-gateway:problem:locked',
    'a request for a held lock is refused');
is($r->{headers}{'content-type'}, 'application/problem+json', 'a request for a held lock gets a problem document');
is($r->{headers}{'retry-after'}, 1, 'the problem document of a held lock has Retry-After');
is($r->{json}{status}, 423, 'the problem document of a held lock has status 423');
is($r->{json}{outcome}, 'none', 'a refused request changes nothing');
is($m->get('/file/f?k=kinds')->{status}, 423, 'another host refuses the held lock');
is($n->get('/file/f?k=other')->{status}, 200, 'a request for another lock is served');
is($n->request('POST', '/now?k=kinds', undef, 'x' x 100000)->{status}, 423,
    'a request with a body is refused the held lock');
is($n->request('HEAD', '/now?k=kinds')->{status}, 423, 'a request whose body nobody reads is refused the held lock');
answer($b);
is(status($c), 200, 'the holder is served');
is(held('kinds'), 0, 'the lock is free when the holder has been served');
is($n->get('/file/f')->{status}, 200, 'an empty key takes no lock');

$r = $n->put_stock('L', total => 100);
is($r->{status}, 200, 'stock is set');
my $body = { buyer_id => 'u', items => [{ sku => 'L', quantity => 1 }] };
$c = ask($n, '/now?k=order');
$b = served();
$r = $n->request('POST', '/v1/orders?k=order', undef, $body);
is($r->{status}, 423, 'an order is refused the held lock');
answer($b);
is(held('order'), 0, 'an order waits until its lock is free');
$r = $n->request('POST', '/v1/orders?k=order', undef, $body);
is($r->{status}, 201, 'an order that waited for its lock is placed, with its body');

# locks and orders on connections of their own

my $monitor = Trade::Redis::client($a->{port});
$monitor->cmd('MONITOR');
for my $i (1 .. 20) {
    $n->get("/file/f?k=own-$i");
    $n->put_stock('L', total => 100 + $i);
}
$a->cmd('ECHO', 'end of this');
my (%connections, $line);
while (($line = Trade::Redis::_read($monitor->{sock})) !~ /end of this/) {
    my ($address) = $line =~ /\[0 (\S+)\] "eval(?:sha)?"/i or next;
    $connections{ $line =~ /:lock:/ ? 'locks' : 'others' }{$address}++;
}
ok($connections{$_}, "$_ call Redis") for qw(locks others);
is(join(' ', grep { $connections{others}{$_} } keys %{ $connections{locks} }), '',
    'locks and others call Redis by connections of their own');
close $monitor->{sock};

# only once a request: redirects and subrequests are covered

for (['/to?k=once', 'a rewrite'], ['/index/?k=once', 'an internal redirect'],
    ['/parts?k=once', 'auth_request, mirror and try_files']) {
    my ($path, $name) = @$_;
    is($n->get($path)->{status}, 200, "$name: the lock is taken once");
    is(held('once'), 0, "$name: the lock is free afterwards");
}

$c = ask($n, '/now?k=auth');
my $b2 = served();
is($n->get('/parts?k=once')->{status}, 200, 'a subrequest takes no lock, whatever its location has');
answer($b2);
status($c);
is(held('auth'), 0, 'a subrequest takes no lock if its location has one');

# inherited, and off

$c = ask($n, '/outer/inner?k=in');
$b = served();
is($n->get('/file/f?k=in')->{status}, 423, 'an inner location inherits the lock');
my $c2 = ask($n, '/off?k=in');
$b2 = served();
answer($b2);
is(status($c2), 200, 'an inner location with trade_lock off takes no lock');
answer($b);
status($c);

# the same owner

my @owned = map { ask($_, '/owner?k=own&o=me') } $n, $m;
my @served = map { served() } @owned;
is(scalar(@served), 2, 'two requests of one owner share a lock');
is($n->get('/owner?k=own&o=you')->{status}, 423, 'another owner is refused the lock of two requests');
is($n->get('/file/f?k=own')->{status}, 423, 'a request without an owner is refused the lock of two requests');
answer($served[0]);
ok(wait_for(sub { holders('own') == 1 }, 5), 'one of the two requests ends');
is($n->get('/owner?k=own&o=you')->{status}, 423, 'the lock is still held by the other request');
answer($served[1]);
is(scalar(grep { status($_) == 200 } @owned), 2, 'the other request ends');
is(held('own'), 0, 'the lock is free when both requests have ended');

# an owner keeps nobody out for long

$c = ask($n, '/fair?k=fair&o=me');
$b = served();
$c2 = ask($m, '/fair?k=fair&o=you');
ok(wait_for(sub { queue('fair') == 1 }, 20), 'another owner waits for a lock');
my $c3;
ok(wait_for(sub {
    $c3 = ask($n, '/fair?k=fair&o=me&n=waits');
    wait_for(sub { queue('fair') == 2 || free_backend() }, 20);
    return 1 if queue('fair') == 2;
    answer(served());
    status($c3);
    return 0;
}, 30), 'after one ttl new requests of the first owner wait, too');
is(free_backend(), 0, 'a request of the first owner that waits is not at the backend');
answer($b);
is(status($c), 200, 'the request that held the lock is served');
$b = served();
like($b->{head}, qr/o=you /, 'the request of the other owner is next');
answer($b);
is(status($c2), 200, 'the request of the other owner is served');
$b = served();
like($b->{head}, qr/n=waits /, 'the request of the first owner follows');
answer($b);
is(status($c3), 200, 'the request of the first owner is served');

# waiters

$c = ask($n, '/wait?k=w');
$b = served();
$r = $n->get('/short?k=w');
is("$r->{status} $r->{json}{status} $r->{json}{type}", '429 429 urn:trade-gateway:problem:locked',
    'a request that has waited long enough gets the status that was set');
ok(wait_for(sub { queue('w') == 0 }, 5), 'a request that has waited long enough leaves the queue');

my @waiting;
for my $i (0 .. 5) {
    push @waiting, ask($i % 2 ? $n : $m, "/wait?k=w&n=$i");
    ok(wait_for(sub { queue('w') == $i + 1 }, 5), "request $i waits") or last;
}
is($n->status->{locks}{waiting} + $m->status->{locks}{waiting}, 6, 'trade_lock_status shows the waiting requests');
is(free_backend(), 0, 'no waiting request is at the backend');
my $start = time;
for my $i (0 .. 5) {
    answer($b);
    $b = served();
    like($b->{head}, qr/^GET \S+n=$i /, "released, the lock is taken by request $i, on whatever host");
    is(free_backend(), 0, 'no other request takes the lock');
}
cmp_ok(time - $start, '<', 6, 'each waiter is woken: none asks again by itself, which takes 2 s');
answer($b);
is(scalar(grep { status($_) == 200 } @waiting), 6, 'all waiters are served');
is(held('w'), 0, 'the lock is free when all waiters were served');

# not too many

$c = ask($n, '/few?k=few');
$b = served();
@waiting = map { ask($n, '/few?k=few') } 1, 2;
ok(wait_for(sub { queue('few') == 2 }, 5), 'two wait, as many as may');
$r = $n->get('/few?k=few');
is("$r->{status} $r->{json}{type}", '423 urn:trade-gateway:problem:lock-queue-full',
    'a third request does not wait where max=2');
answer($b), $b = served() for 1, 2;
answer($b);
is(scalar(grep { status($_) == 200 } @waiting), 2, 'the two waiters are served');

# clients that go

my $before = $n->status->{locks}{interrupted};
$c = ask($n, '/wait?k=gone');
$b = served();
@waiting = map { ask($n, '/wait?k=gone') } 1 .. 20;
ok(wait_for(sub { queue('gone') == 20 }, 5), '20 requests wait');
my $last = ask($m, '/wait?k=gone&n=last');
ok(wait_for(sub { queue('gone') == 21 }, 5), 'another request waits behind the 20');
leave('RST', @waiting[0 .. 9]);
leave('FIN', @waiting[10 .. 19]);
ok(wait_for(sub { queue('gone') == 1 }, 5), 'clients that go leave the queue');
is($n->status->{locks}{interrupted} - $before, 20, 'clients that go are counted as interrupted');
answer($b);
$b = served();
like($b->{head}, qr/n=last /, 'waiters that have gone hold up nobody');
answer($b);
is(status($last), 200, 'the request behind them is served');
is(held('gone'), 0, 'the lock is free when it was served');

# places that are lost are taken again, by all at once

$c = ask($n, '/wait?k=places');
$b = served();
@waiting = map { ask($n, '/wait?k=places') } 1 .. 30;
ok(wait_for(sub { queue('places') == 30 }, 5), '30 requests wait');
$a->cmd('DEL', slot_key('places', 'queue:places'));
my $served = time;
answer($b);
for (@waiting) {
    answer(served());
}
cmp_ok(time - $served, '<', 10, 'another waiter asks again, too, when one has lost its place');
is(scalar(grep { status($_) == 200 } @waiting), 30, 'all waiters are served although places were lost');

$c = ask($n, '/abort?k=gone');
$b = served();
leave('RST', $c);
is(held('gone'), 0, 'a holder whose client goes releases the lock');
answer($b);
$c = ask($n, '/wait?k=gone&n=ignored');
$b = served();
leave('RST', $c);
is($n->get('/short?k=gone')->{status}, 429,
    'the lock of a client that has gone is held while the backend works, with proxy_ignore_client_abort');
answer($b);
is(held('gone'), 0, 'the lock is free when the backend has finished');

# renewed while it is held

$c = ask($n, '/lives?k=long&n=long');
$b = served();
my $end = time + 4;
my %held;
$held{ $m->get('/now?k=long')->{status} }++ while time < $end;
is(join(' ', keys %held), 423, 'a lock lives as long as its request');
answer($b);
is(status($c), 200, 'a request that takes longer than the ttl ends');
like(logged($n, 'long'), qr/lost=0/, 'a request that takes longer than the ttl has not lost its lock');

# lost

$before = $n->status->{locks}{lost};
$c = ask($n, '/lives?k=lost&n=deleted');
$b = served();
$a->cmd('DEL', lock_key('lost'));
ok(wait_for(sub { $n->status->{locks}{lost} == $before + 1 }, 5), 'a lock that is deleted is lost');
answer($b);
is(status($c), 200, 'a request whose lock was lost goes on');
like(logged($n, 'deleted'), qr/lost=1/, 'trade_lock_lost is 1 for a request whose lock was lost');
like($n->error_log, qr/\[warn\] .*a lock was lost while its request ran/, 'the log has a warning of the lost lock');

$c = ask($n, '/lives?k=lost&n=taken');
$b = served();
my $f1 = token('lost');
my @workers = $n->workers;
freeze(@workers);
$c2 = ask($m, '/wait?k=lost&n=next');
$b2 = served();
ok($b2, 'the lock of a host that sleeps lapses');
cmp_ok(token('lost'), '>', $f1, 'the next holder after a sleeping host has a higher token');
kill 'CONT', @workers;
ok(wait_for(sub { $n->status->{locks}{lost} == $before + 2 }, 5),
    'the host that slept notices that the lock is lost');
answer($b);
is(status($c), 200, 'the request of the host that slept ends');
like(logged($n, 'taken'), qr/lost=1/, 'the request of the host that slept has lost its lock');
is($n->get('/now?k=lost')->{status}, 423, 'the next holder still has the lock');
answer($b2);
is(status($c2), 200, 'the next holder is served');
like(logged($m, 'next'), qr/lost=0/, 'the next holder has had the lock all the time');

# tokens grow, whatever becomes of the lock

$a->cmd('DEL', lock_key('kinds'), slot_key('kinds', 'fence'));
$f1 = $n->get('/file/f?k=kinds')->{headers}{'x-fence'};
cmp_ok($f1, '>', $second, 'a token is higher than the lost one');
$a->cmd('SET', slot_key('kinds', 'fence'), $f1 + 10**12);
is($n->get('/file/f?k=kinds')->{headers}{'x-fence'}, $f1 + 10**12 + 1,
    'a token is higher than one that a faster clock gave');
is($a->cmd('TTL', slot_key('kinds', 'fence')), -1, 'the key of the token never expires');

# Redis

$r = $n->get('/down?k=x');
is("$r->{status} $r->{json}{type}", '503 urn:trade-gateway:problem:lock-down', 'without the shard there is no lock');
$c = ask($n, '/wait?k=restart&n=restart');
$b = served();
$c2 = ask($m, '/wait?k=restart&n=after');
ok(wait_for(sub { queue('restart') == 1 }, 5), 'one request holds the lock of a restart, and one waits for it');
$a->stop;
$r = $n->get('/now?k=x');
is("$r->{status} $r->{json}{type}", '503 urn:trade-gateway:problem:lock-down', 'Redis is down');
$a->start;
ok(wait_for(sub { $n->get('/file/f?k=x')->{status} == 200 }, 10), 'Redis is back');
answer($b);
is(status($c), 200, 'the holder ends after a restart of Redis');
like(logged($n, 'restart'), qr/lost=0/, 'the holder has not lost its lock in a restart of Redis');
$b = served();
like($b->{head}, qr/n=after /, 'the waiter gets the lock after a restart of Redis');
answer($b);
is(status($c2), 200, 'the waiter is served after a restart of Redis');

$a->signal('STOP');
$r = $n->get('/hasty?k=x');
is("$r->{status} $r->{json}{type}", '503 urn:trade-gateway:problem:lock-down', 'Redis does not answer');
$a->signal('CONT');
ok(wait_for(sub { $n->get('/file/f?k=x')->{status} == 200 }, 10),
    'requests that could not ask the shard leave nothing in Redis');

# reload and quit, with a holder and some who wait

$c = ask($n, '/wait?k=reload&n=reload');
$b = served();
@waiting = map { my $i = $_; my $w = ask($n, "/wait?k=reload&n=$i");
    wait_for(sub { queue('reload') == $i }, 5); $w } 1 .. 3;
@workers = $n->workers;
my $ups = $n->ups;
$n->signal('HUP');
ok(wait_for(sub { my %old = map { $_ => 1 } @workers; grep { !$old{$_} } $n->workers }, 10),
    'nginx has new workers after a reload');
$n->wait_log(qr/gracefully shutting down/, 2);
$n->wait_ups($ups + 4);
push @waiting, ask($n, '/wait?k=reload&n=4');
ok(wait_for(sub { queue('reload') == 4 }, 5), 'one more request waits, in a new worker');
ok((grep { kill 0, $_ } @workers), 'the old workers stay for the requests that they have');
for my $i (1 .. 4) {
    answer($b);
    $b = served();
    like($b->{head}, qr/n=$i /, "number $i is next");
}
answer($b);
is(scalar(grep { status($_) == 200 } $c, @waiting), 5, 'all requests of old and new workers are served');
ok(wait_for(sub { !grep { kill 0, $_ } @workers }, 10), 'the old workers end when their requests are served');

$c = ask($m, '/wait?k=quit&n=q');
$b = served();
$c2 = ask($m, '/wait?k=quit&n=w');
ok(wait_for(sub { queue('quit') == 1 }, 5), 'one request holds the lock, and one waits for it');
$m->signal('QUIT');
$m->wait_log(qr/gracefully shutting down/, 2);
answer($b);
$b = served();
answer($b);
is(status($c) . ' ' . status($c2), '200 200', 'nginx that quits serves the holder and the waiter');
$m->stop('QUIT', 10);
is($a->cmd('EXISTS', lock_key('quit')), 0, 'nginx that quits leaves no lock');
$m->start(up => 4);
is($m->get('/file/f?k=m')->{status}, 200, 'nginx is started again');

# a worker that is killed: its waiters hold up nobody

$c = ask($n, '/wait?k=kill&n=held');
$b = served();
@waiting = map { ask($m, '/wait?k=kill') } 1 .. 10;
ok(wait_for(sub { queue('kill') == 10 }, 5), 'ten wait on one host');
$last = ask($n, '/wait?k=kill&n=last');
ok(wait_for(sub { queue('kill') == 11 }, 5), 'one request waits on the other host');
@workers = $m->workers;
$ups = $m->ups;
$m->kill_worker($_) for @workers;
ok(wait_for(sub { !grep { kill 0, $_ } @workers }, 5), 'the ten requests of killed workers are gone');
$start = time;
answer($b);
$b = served();
like($b->{head}, qr/n=last /, 'places of the dead are skipped');
cmp_ok(time - $start, '<', 10, 'the request behind them waits much less than a lease');
answer($b);
is(status($last), 200, 'the request behind them is served');

$m->wait_ups($ups + 4);
is($m->get('/file/f?k=m')->{status}, 200, 'there are new workers');
$c = ask($m, '/lives?k=kill&n=dies');
$b = served();
$last = ask($n, '/wait?k=kill&n=heir');
ok(wait_for(sub { queue('kill') == 1 }, 5), 'one request waits for the lock of a worker that dies');
$m->kill_worker($_) for $m->workers;
$b2 = served();
like($b2->{head}, qr/n=heir /, 'the lock of a dead worker lapses, and the waiter has it');
answer($b2);
is(status($last), 200, 'the waiter is served');

# the counters

my $s = $n->status;
is($s->{locks}{held} + $s->{locks}{waiting}, 0, 'no lock is held in the end');
cmp_ok($s->{locks}{acquired}, '>', 20, 'taken locks are counted');
is($s->{locks}{wait_ms}{le}{inf}, $s->{locks}{acquired},
    'each taken lock is counted with the time that its request waited');
is($s->{locks}{hold_ms}{le}{inf}, $s->{locks}{acquired}, 'each taken lock is counted with the time that it was held');
cmp_ok($s->{locks}{hold_ms}{sum}, '>', 500, 'the time that locks were held is added up');
cmp_ok($s->{locks}{wait_ms}{le}{1}, '<', $s->{locks}{acquired}, 'some requests had to wait');
cmp_ok($s->{locks}{contended}, '>', $s->{locks}{timed_out}, 'some requests found the lock held');
is($s->{locks}{timed_out}, $s->{answers}{locked}, 'requests that did not get the lock in time are counted');
is($s->{locks}{queue_full}, $s->{answers}{'lock-queue-full'}, 'requests that found too many waiters are counted');
is($s->{locks}{failed}, $s->{answers}{'lock-down'}, 'requests that could not ask the shard are counted');

$t->done;

# Sends a request, and returns the connection where the answer will come.
sub ask {
    my ($nginx, $path) = @_;
    my $connection = $nginx->connect;
    print $connection "GET $path HTTP/1.0\r\n\r\n";
    return $connection;
}

# The next request at the backend: its connection and head.
sub served {
    IO::Select->new($backend)->can_read(60) or die "no request at the backend\n";
    my $s = $backend->accept;
    my $head = '';
    while (defined(my $line = <$s>)) {
        $head .= $line;
        last if $line eq "\r\n";
    }
    return { socket => $s, head => $head };
}

# How many requests are at the backend, and not accepted.
sub free_backend { return scalar(() = IO::Select->new($backend)->can_read(0.02)) }

sub answer {
    my ($b) = @_;
    my $s = delete $b->{socket};
    print $s "HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nok\n";
    close $s;
}

sub status {
    my ($connection) = @_;
    local $/;
    return (readline($connection) // '') =~ m{^HTTP/1\.1 (\d+)} ? $1 : 0;
}

sub leave {
    my ($how, @connections) = @_;
    for (@connections) {
        setsockopt $_, SOL_SOCKET, SO_LINGER, pack 'ii', 1, 0 if $how eq 'RST';
        close $_;
    }
}

sub slot_key { return 'trade:{s' . crc32($_[0]) % 4096 . "}:$_[1]" }
sub lock_key { return slot_key($_[0], "lock:$_[0]") }
sub token { return $a->cmd('HGET', lock_key($_[0]), 'f') }
sub queue { return $a->cmd('ZCARD', slot_key($_[0], "queue:$_[0]")) }
sub holders { return $a->cmd('ZCARD', slot_key($_[0], "holders:$_[0]")) }

# 0 once the lock is free: a release is sent behind the answer.
sub held {
    my ($name) = @_;
    return wait_for(sub { !$a->cmd('EXISTS', lock_key($name)) }, 5) ? 0 : 1;
}

# The line of the request with that n in the access log.
sub logged {
    my ($nginx, $name) = @_;
    my $line;
    wait_for(sub { ($line) = slurp("$nginx->{dir}/lock.log") =~ /^(.* \Q$name\E .*)$/m }, 5);
    return $line;
}
