# A lock ends with the answer of its request: as soon as nginx has sent it, and
# not when nginx has finished with the connection, which it may keep for half a
# minute longer to read what the client still sends.  It does not end earlier.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Compress::Raw::Zlib qw(crc32);
use IO::Select;
use IO::Socket::INET;
use Test::More;
use Trade;
use Trade::Process qw(slurp spew wait_for);

my $t = Trade->new;
my $redis = $t->redis('a');
my $backend = IO::Socket::INET->new(Listen => 8, LocalAddr => '127.0.0.1', Proto => 'tcp')
    or die "listen: $!\n";

# nginx lingers for longer than a request waits for its lock, by far.
my %vars = (A => $redis->address, BACKEND => '127.0.0.1:' . $backend->sockport);
my $n = $t->nginx(<<'EOT', %vars);
%%GLOBALS%%
worker_processes 1;
events { worker_connections 512; }
http {
    %%GLOBALS_HTTP%%
    log_format lock '$status $arg_n lost=$trade_lock_lost';
    access_log %%TESTDIR%%/lock.log lock;
    trade_zone main:16m;
    trade_redis stock {
        server %%A%% name=a;
    }
    lingering_close always;
    lingering_time 10m;
    lingering_timeout 10m;
    server {
        listen 127.0.0.1:%%PORT%%;
        root %%TESTDIR%%;
        trade_lock stock $arg_k ttl=10m;
        proxy_http_version 1.1;
        error_page 404 /error;

        location /unread { lingering_close on; alias %%TESTDIR%%/file; }
        location /proxy { proxy_pass http://%%BACKEND%%; }
        location /stream { proxy_pass http://%%BACKEND%%; proxy_buffering off; }
        location /lives { trade_lock stock $arg_k ttl=300ms; proxy_pass http://%%BACKEND%%; }
        location /ssi { ssi on; ssi_types *; }
        location /gzip { gzip on; gzip_types *; gzip_min_length 1; alias %%TESTDIR%%/file; }
        location /limited { limit_rate 1k; alias %%TESTDIR%%/big; }
        location /twice/ { trade_lock stock twice; alias %%TESTDIR%%/; index file; }
        location /twice/file { trade_lock stock $arg_k; alias %%TESTDIR%%/file; }
        location /upgrade {
            proxy_pass http://%%BACKEND%%;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection upgrade;
        }
        location /after { alias %%TESTDIR%%/file; post_action @after; }
        location @after { proxy_pass http://%%BACKEND%%; }
        location /part { trade_lock off; proxy_pass http://%%BACKEND%%; }
        location /wait { trade_lock stock $arg_k wait=20s; alias %%TESTDIR%%/file; }
        location /status { trade_status; }
        location /trade { trade_lock off; trade_status; }
    }
}
EOT
spew("$n->{dir}/file", "ok\n");
spew("$n->{dir}/error", "an error\n");
spew("$n->{dir}/big", 'x' x 30_000_000);
spew("$n->{dir}/ssi", 'a <!--# include virtual="/part" --> b');
$n->start;

# what nginx answers by itself

my $name;
my $modified = $n->get('/file')->{headers}{'last-modified'};
ends('a file', 'GET /file', 200);
ends('an answer to HEAD', 'HEAD /file', 200);
ends('304', 'GET /file', 304, "If-Modified-Since: $modified\r\n");
ends('206', 'GET /file', 206, "Range: bytes=0-1\r\n");
ends('a compressed answer', 'GET /gzip', 200, "Accept-Encoding: gzip\r\n");
ends('an error page', 'GET /none', 404);
ends('an error page without a file', 'POST /file', 405);
ends('an answer of this module', 'GET /status', 200);
ends('an answer with the rest of a request behind it', 'GET /unread', 200, '',
    "GET /file HTTP/1.1\r\nHost:");
ends('an answer to HTTP/1.0', 'GET /file', 200, '', '', '1.0');

my $c = ask('GET /twice/');
is(status($c), 200, 'a request with two locks is answered');
is(released($name), 1, 'the second one has ended');
is(released('twice'), 1, 'and so has the first');

# what a backend answers

for my $path ('/proxy', '/stream') {
    for (['GET', "200 OK\r\nContent-Length: 3", "ok\n"],
        ['HEAD', "200 OK\r\nContent-Length: 3", ''],
        ['GET', '204 No Content', ''],
        ['GET', "200 OK\r\nTransfer-Encoding: chunked", "3\r\nok\n\r\n0\r\n\r\n"],
        ['GET', "200 OK\r\nContent-Length: 6", "ok\n", 'cut'],
        ['GET', "200 OK\r\nTransfer-Encoding: chunked", "3\r\nok\n", 'cut'],
        ['GET', '', '', 'cut']) {
        my ($method, $head, $body, $cut) = @$_;
        $c = ask("$method $path");
        my $b = served();
        is(held($name), 1, "$method $path: the request holds its lock");
        print $b "HTTP/1.1 $head\r\n\r\n$body" if $head;
        close $b if $cut;
        my ($expected) = "$head 502" =~ /(\d+)/;
        is(status($c), $expected, "the client is answered $expected"
            . ($cut ? ', and the backend goes' : ''));
        is(released($name), 1, 'then the lock has ended');
    }
}

# a part of an answer is not the answer

$c = ask('GET /stream');
my $b = served();
print $b "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nok\n";
is(status($c), 200, 'half an answer has come');
is(held($name), 1, 'the lock is held');
print $b "ok\n";
is(released($name), 1, 'it ends with the other half');

$c = ask('GET /ssi');
$b = served();
is(held($name), 1, 'a request holds its lock while a part of its page is made');
print $b "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok\n";
is(status($c), 200, 'the page is sent');
is(released($name), 1, 'then the lock has ended');

$c = ask('GET /big');
is(status($c), 200, 'a long answer begins');
is(held($name), 1, 'its lock is held while its client does not read');
my $left = 30_000_000;
while ($left > 0 && sysread $c, my $bytes, 1_000_000) {
    $left -= length $bytes;
}
cmp_ok($left, '<=', 0, 'the client reads all of it');
is(released($name), 1, 'then the lock has ended');

$c = ask('GET /limited');
is(status($c), 200, 'an answer with a limited rate begins');
is(held($name), 1, 'its lock is held');
close $c;
is(released($name), 1, 'it ends when the client goes');

# a connection that becomes another one

$c = ask('GET /upgrade', "Upgrade: websocket\r\n");
$b = served();
print $b "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n";
is(status($c), 101, 'a connection is upgraded');
print $c 'there';
is(bytes($b, 5), 'there', 'bytes go to the backend');
print $b 'back';
is(bytes($c, 4), 'back', 'and come back');
is(held($name), 1, 'the lock is held meanwhile');
close $b;
is(released($name), 1, 'it ends with the connection of the backend');

$c = ask('GET /upgrade', "Upgrade: websocket\r\n");
$b = served();
print $b "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n";
is(status($c), 101, 'another one is upgraded');
close $c;
is(released($name), 1, 'the lock ends when its client goes');
close $b;

# what a request does behind its answer

$c = ask('GET /after');
is(status($c), 200, 'a request with a post_action is answered');
$b = served();
is(held($name), 1, 'the lock is held while that runs');
close $c;
print $b "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
close $b;
is(released($name), 1, 'and ends then');

# what is shown of a lock that has ended

$c = ask('GET /lives', '', '', 'n=gone');
$b = served();
$redis->cmd('DEL', key());
ok(wait_for(sub { $n->status->{locks}{lost} == 1 }, 20), 'a lock is lost');
print $b "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
is(status($c), 200, 'its request is answered');
close $c;
ok(wait_for(sub { slurp("$n->{dir}/lock.log") =~ / gone lost=1$/m }, 20),
    '$trade_lock_lost shows it when the request is logged');
ok(wait_for(sub { $n->status->{locks}{held} == 0 }, 20), 'no lock is held in the end');

$t->done;

# Sends a request with a lock of its own, $name, and returns its connection.
sub ask {
    my ($request, $headers, $behind, $args, $version) = @_;
    my $c = $n->connect;
    $name = 'n' . ++(our $number);
    print $c "$request?k=$name&" . ($args // '') . ' HTTP/' . ($version || '1.1')
        . "\r\nHost: a\r\nConnection: close\r\n", $headers // '', "\r\n", $behind // '';
    return $c;
}

# Whether a request is answered with that status, and its lock ends with that.
sub ends {
    my ($what, $request, $status, $headers, $behind, $version) = @_;
    my $c = ask($request, $headers, $behind, '', $version);
    is(status($c), $status, "$what is sent");
    is(released($name), 1, 'then the lock has ended');
}

# The status of the answer that comes; its header is read, what follows is not.
sub status {
    my ($c) = @_;
    my $head = '';
    while ($head !~ /\r\n\r\n$/) {
        sysread $c, $head, 1, length $head or last;
    }
    return $head =~ m{^HTTP/1\.1 (\d+) } ? $1 : 0;
}

sub bytes {
    my ($s, $count) = @_;
    my $bytes = '';
    while (length $bytes < $count) {
        sysread $s, $bytes, $count - length $bytes, length $bytes or last;
    }
    return $bytes;
}

# The next request at the backend, behind its header.
sub served {
    IO::Select->new($backend)->can_read(20) or die "no request at the backend\n";
    my $s = $backend->accept;
    while (defined(my $line = sysline($s))) {
        last if $line eq "\r\n";
    }
    return $s;
}

sub sysline {
    my ($s) = @_;
    my $line = '';
    while ($line !~ /\n$/) {
        sysread $s, $line, 1, length $line or return undef;
    }
    return $line;
}

# 1 if another request gets the lock, which it waits for.
sub released { return $n->get("/wait?k=$_[0]")->{status} == 200 ? 1 : 0 }

# 1 if another request, which does not wait, is refused.
sub held { return $n->get("/file?k=$_[0]")->{status} == 423 ? 1 : 0 }

sub key { return 'trade:{s' . crc32($name) % 4096 . "}:lock:$name" }
