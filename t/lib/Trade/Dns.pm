package Trade::Dns;

# A name server, in a process of its own that ends with this one.  It says the
# same of every name.

use strict;
use warnings;

use IO::Handle;
use IO::Select;
use IO::Socket::INET;
use POSIX ();
use Socket qw(AF_UNIX PF_UNSPEC SOCK_STREAM inet_aton);

# new(): a name server that is silent.
sub new {
    my ($class) = @_;
    socketpair my $here, my $there, AF_UNIX, SOCK_STREAM, PF_UNSPEC or die "socketpair: $!\n";
    my $socket = IO::Socket::INET->new(Proto => 'udp', LocalAddr => '127.0.0.1:0')
        or die "udp: $!\n";
    my $pid = fork // die "fork: $!\n";
    return bless { pipe => $here, port => $socket->sockport }, $class if $pid;

    close $here;
    $SIG{INT} = $SIG{TERM} = 'IGNORE';
    _serve($there, $socket);
}

sub port { $_[0]{port} }

# Its answer for any name from now on: addresses, with "alias" before them,
# "rcode N" or "silent".
sub says { my ($self, $what) = @_; return $self->_command("says $what") }

# How often it has been asked for an address.
sub asked { return $_[0]->_command('asked') }

sub _command {
    my ($self, $line) = @_;
    syswrite $self->{pipe}, "$line\n";
    return 0 + readline $self->{pipe};
}

sub _serve {
    my ($there, $socket) = @_;
    my ($answer, $count) = ('silent', 0);
    my $select = IO::Select->new($there, $socket);
    for (;;) {
        my %ready = map { fileno $_ => 1 } $select->can_read;
        if ($ready{ fileno $there }) {
            my $line = readline($there) // POSIX::_exit(0);
            $answer = $1 if $line =~ /^says (.*)/;
            syswrite $there, "$count\n";
        }
        if ($ready{ fileno $socket }) {
            my $from = recv $socket, my $query, 512, 0;
            my ($question, $type) = substr($query, 12) =~ /^((?:[^\0].*?)?\0(..)\0\x01)/s or next;
            $count++ if $type eq "\0\x01";
            send $socket, _reply($query, $question, $type eq "\0\x01", $answer), 0, $from
                if $answer ne 'silent';
        }
    }
}

# The reply to a query, which is for an IPv4 address or not.
sub _reply {
    my ($query, $question, $ipv4, $says) = @_;
    my $rcode = $says =~ /^rcode (\d)/ ? $1 : 0;
    my @records = !$ipv4 || $rcode ? () : map { $_ eq 'alias'
        ? pack('nnnNn/a*', 0xc00c, 5, 1, 0, "\5other\4test\0")
        : pack('nnnNn/a*', 0xc00c, 1, 1, 0, inet_aton($_)) } split ' ', $says;
    return pack('a2n5', $query, 0x8180 | $rcode, 1, scalar @records, 0, 0)
        . join '', $question, @records;
}

1;
